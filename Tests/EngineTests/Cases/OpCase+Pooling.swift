import Graph

extension OpCase {
  static func pool(
    _ kind: Pooling, _ x: Shape, _ size: [Int], stride: Int = 1, padding: Padding = .valid,
    dilation: Int = 1
  ) -> OpCase {
    let window = Window(
      size, on: Array(x.dimensions[2...]), stride: stride, padding: padding, dilation: dilation)
    return OpCase(
      "\(kind.rawValue) pool \(x), \(window.summary)",
      [.input("x", x, kind == .maximum ? .distinct : .uniform(-1, 1))]
    ) { try $0[0].pooled(kind, window) }
  }

  private static let kinds: [Pooling] = [.maximum, .average]

  static let pools = list {
    for kind in kinds {
      for padding in paddings {
        for stride in [1, 2, 3] {
          pool(kind, [2, 2, 7, 6], [3, 3], stride: stride, padding: padding)
        }
      }
      pool(kind, [2, 3, 4, 4], [2, 2], stride: 2)
      pool(kind, [2, 3, 5, 7], [2, 2], stride: 2)
      pool(kind, [2, 3, 5, 7], [2, 2], stride: 2, padding: .same)
      pool(kind, [1, 1, 1, 1], [1, 1])
      // Global; one axis only; a step past the window; all corners padded.
      pool(kind, [2, 3, 5, 4], [5, 4])
      pool(kind, [2, 2, 6, 5], [1, 3], stride: 1)
      pool(kind, [1, 2, 8, 8], [2, 2], stride: 3)
      pool(kind, [1, 2, 4, 4], [3, 3], stride: 2, padding: .explicit([2, 2], [2, 2]))
      pool(kind, [1, 2, 7, 7], [2, 2], dilation: 2)
      pool(kind, [2, 3, 9], [3], stride: 2, padding: .same)
      pool(kind, [1, 2, 4, 4, 5], [2, 2, 2], stride: 2)
    }
  }

  static let largePools = list {
    for kind in kinds {
      for channels in [1, 3, 16, 17, 32, 64] {
        pool(kind, [5, channels, 8, 8], [2, 2], stride: 2)
        pool(kind, [2, channels, 9, 11], [3, 3], stride: 2, padding: .same)
        pool(kind, [2, channels, 7, 7], [7, 7])
      }
      pool(kind, [32, 32, 15, 15], [2, 2], stride: 2)
      pool(kind, [2, 16, 9, 9], [3, 3], stride: 1, padding: .explicit([2, 0], [1, 2]))
    }
  }
}
