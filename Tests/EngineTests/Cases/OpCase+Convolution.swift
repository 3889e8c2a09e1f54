import Graph

/// How a case pads.
enum Padding: Sendable {
  case valid
  /// Output extent = input extent / stride, rounded up; an odd element of padding goes after.
  case same
  case explicit([Int], [Int])
}

extension Window {
  init(
    _ size: [Int], on extents: [Int], stride: Int = 1, padding: Padding = .valid,
    dilation: Int = 1
  ) {
    self.init(
      size: size, strides: size.map { _ in stride }, dilation: size.map { _ in dilation })
    switch padding {
    case .valid: break
    case .explicit(let before, let after):
      paddingBefore = before
      paddingAfter = after
    case .same:
      for axis in size.indices {
        let last = (extents[axis] + stride - 1) / stride - 1
        let total = max(0, last * stride + reach(axis: axis) - extents[axis])
        paddingBefore[axis] = total / 2
        paddingAfter[axis] = total - total / 2
      }
    }
  }

  var summary: String {
    "\(Shape(size)) stride \(strides) padding \(paddingBefore) \(paddingAfter) dilation \(dilation)"
  }
}

extension OpCase {
  static func convolution(
    _ x: Shape, filters: Int, _ size: [Int], stride: Int = 1, padding: Padding = .valid,
    dilation: Int = 1, groups: Int = 1
  ) -> OpCase {
    let window = Window(
      size, on: Array(x.dimensions[2...]), stride: stride, padding: padding, dilation: dilation)
    return convolution(x, filters: filters, window, groups: groups)
  }

  static func convolution(
    _ x: Shape, filters: Int, _ window: Window, groups: Int = 1
  ) -> OpCase {
    let filter = Shape([filters, x[1] / groups] + window.size)
    return OpCase(
      "convolve \(x) with \(filter), \(window.summary) in \(groups) groups",
      [.input("x", x), .parameter("filter", filter)]
    ) { try $0[0].convolved(with: $0[1], window, groups: groups) }
  }

  static let paddings: [Padding] = [
    .valid, .same, .explicit([1, 0], [0, 2]), .explicit([0, 2], [1, 1]),
  ]

  static let convolutions = list {
    for padding in paddings {
      for stride in [1, 2, 3] {
        for dilation in [1, 2] {
          convolution(
            [2, 2, 7, 6], filters: 3, [3, 2], stride: stride, padding: padding, dilation: dilation)
        }
      }
    }
    // One element of everything; 1x1; a window as large as its input; a step past the window.
    convolution([1, 1, 1, 1], filters: 1, [1, 1])
    convolution([2, 3, 4, 5], filters: 4, [1, 1])
    convolution([2, 3, 5, 5], filters: 2, [1, 1], stride: 2)
    convolution([2, 3, 3, 4], filters: 2, [3, 4])
    convolution([1, 2, 8, 8], filters: 2, [2, 2], stride: 3)
    convolution([1, 2, 3, 3], filters: 2, [5, 5], padding: .same)
    convolution([1, 1, 7, 7], filters: 2, [2, 2], stride: 2)
    convolution([1, 2, 5, 5], filters: 2, [3, 3], padding: .explicit([4, 4], [4, 3]))
    // A stride, a dilation and a padding of its own on each axis.
    convolution(
      [2, 2, 9, 7], filters: 2,
      Window(
        size: [2, 3], strides: [3, 1], paddingBefore: [1, 2], paddingAfter: [0, 1],
        dilation: [2, 1]))
    // Groups, depthwise, depthwise with two filters a channel.
    convolution([2, 4, 5, 5], filters: 6, [3, 3], groups: 2)
    convolution([2, 3, 5, 5], filters: 3, [3, 3], padding: .same, groups: 3)
    convolution([1, 3, 5, 4], filters: 6, [2, 3], stride: 2, padding: .same, groups: 3)
    convolution([1, 4, 6, 6], filters: 4, [3, 3], dilation: 2, groups: 2)
    // One and three spatial axes.
    convolution([2, 3, 9], filters: 4, [3])
    convolution([2, 3, 9], filters: 4, [3], stride: 2, padding: .same)
    convolution([2, 2, 10], filters: 2, [2], padding: .explicit([3], [1]), dilation: 3)
    convolution([1, 4, 8], filters: 4, [3], padding: .same, groups: 4)
    convolution([1, 2, 4, 3, 5], filters: 2, [2, 2, 3])
    convolution([1, 2, 4, 4, 4], filters: 2, [3, 3, 3], stride: 2, padding: .same)
  }

  /// Channel counts around the blocks of 8 and 16 that kernels like; for the engine only.
  static let largeConvolutions = list {
    for count in [1, 3, 16, 17, 32, 64] {
      for batch in [1, 2, 5] {
        convolution([batch, count, 9, 7], filters: 16, [3, 3], padding: .same)
      }
      convolution([2, 16, 9, 9], filters: count, [3, 3])
      convolution([2, 17, 9, 9], filters: count, [3, 3], stride: 2, padding: .same)
      convolution([5, 3, 8, 8], filters: count, [5, 5], padding: .same)
      convolution([2, 32, 7, 7], filters: count, [1, 1])
    }
    for count in [16, 17, 64] {
      convolution([2, count, 9, 9], filters: count, [3, 3], padding: .same, groups: count)
      convolution([2, count, 9, 9], filters: 2 * count, [3, 3], stride: 2, groups: count)
      convolution([2, count, 11, 9], filters: 16, [3, 3], padding: .same, dilation: 2)
      convolution([1, count, 13, 12], filters: 17, [3, 3], padding: .explicit([2, 0], [1, 3]))
    }
    convolution([2, 32, 9, 9], filters: 64, [3, 3], groups: 2)
    convolution([2, 34, 9, 9], filters: 17, [3, 3], groups: 17)
    convolution([32, 3, 16, 16], filters: 32, [3, 3])
    convolution([32, 1, 8, 8], filters: 16, [3, 3], padding: .same)
    convolution([2, 3, 33, 31], filters: 16, [7, 7], stride: 2, padding: .same)
    convolution([5, 17, 33], filters: 16, [5], padding: .same)
    convolution([2, 16, 5, 6, 7], filters: 16, [3, 3, 3], padding: .same)
  }
}
