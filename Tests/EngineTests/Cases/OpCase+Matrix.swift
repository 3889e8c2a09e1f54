import Graph

extension OpCase {
  /// m x k times k x n under `batch` axes, either operand stored transposed.
  static func matmul(
    _ m: Int, _ k: Int, _ n: Int, batch: [Int] = [], _ transposeA: Bool, _ transposeB: Bool
  ) -> OpCase {
    let a = Shape(batch + (transposeA ? [k, m] : [m, k]))
    let b = Shape(batch + (transposeB ? [n, k] : [k, n]))
    return OpCase(
      "matmul \(a)\(transposeA ? "^T" : "") by \(b)\(transposeB ? "^T" : "")",
      [.input("a", a), .parameter("b", b)]
    ) { try $0[0].matmul($0[1], transposeA: transposeA, transposeB: transposeB) }
  }

  static func addBias(_ shape: Shape, axis: Int) -> OpCase {
    OpCase(
      "bias on axis \(axis) of \(shape)", [.input("x", shape), .parameter("b", [shape[axis]])]
    ) {
      try $0[0].addingBias($0[1], axis: axis)
    }
  }

  private static let transposes = [(false, false), (false, true), (true, false), (true, true)]

  static let matrix = list {
    for (a, b) in transposes {
      matmul(3, 4, 5, a, b)
      matmul(1, 1, 1, a, b)
      matmul(1, 7, 2, a, b)
      matmul(5, 1, 3, a, b)
      matmul(2, 3, 1, a, b)
      matmul(3, 2, 4, batch: [2], a, b)
      matmul(2, 3, 2, batch: [3, 2], a, b)
      matmul(2, 3, 4, batch: [1], a, b)
    }
    for shape in [[3], [2, 3], [2, 3, 5], [2, 3, 4, 5]] as [Shape] {
      for axis in 0..<shape.rank { addBias(shape, axis: axis) }
    }
  }

  static let largeMatrix = list {
    for (a, b) in transposes {
      for m in [1, 2, 5, 13, 32] {
        for (k, n) in [(1, 3), (17, 10), (64, 33), (100, 10), (257, 129)] {
          matmul(m, k, n, a, b)
        }
      }
      matmul(31, 65, 17, batch: [3], a, b)
      matmul(16, 16, 16, batch: [2, 4], a, b)
    }
    addBias([32, 17, 9, 9], axis: 1)
    addBias([32, 257], axis: 1)
    addBias([5, 64, 7, 7], axis: 1)
    addBias([33, 9], axis: 0)
    addBias([2, 16, 16], axis: 2)
  }
}
