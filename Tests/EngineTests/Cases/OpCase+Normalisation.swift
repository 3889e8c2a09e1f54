import Graph

extension OpCase {
  static func softmax(_ shape: Shape, axis: Int) -> OpCase {
    OpCase("softmax of \(shape) on axis \(axis)", [.input("x", shape, .uniform(-3, 3))]) {
      try $0[0].softmax(axis: axis)
    }
  }

  static func logSoftmax(_ shape: Shape, axis: Int) -> OpCase {
    OpCase("log softmax of \(shape) on axis \(axis)", [.input("x", shape, .uniform(-3, 3))]) {
      try $0[0].logSoftmax(axis: axis)
    }
  }

  private static func channels(_ shape: Shape) -> [Leaf] {
    [
      .input("x", shape, .uniform(-1, 3)), .parameter("scale", [shape[1]], .uniform(0.5, 2)),
      .parameter("offset", [shape[1]]),
    ]
  }

  static func batchNorm(_ shape: Shape, epsilon: Float) -> OpCase {
    OpCase(
      "batch norm of \(shape), epsilon \(epsilon)", channels(shape),
      results: { x in
        let y = try x[0].batchNormalized(scale: x[1], offset: x[2], epsilon: epsilon)
        return [y.result, y.mean, y.variance]
      })
  }

  static func batchNormInference(_ shape: Shape, epsilon: Float) -> OpCase {
    OpCase(
      "batch norm of \(shape) by given statistics, epsilon \(epsilon)",
      channels(shape) + [
        .parameter("mean", [shape[1]]), .parameter("variance", [shape[1]], .uniform(0.2, 2)),
      ]
    ) {
      try $0[0].batchNormalized(
        scale: $0[1], offset: $0[2], mean: $0[3], variance: $0[4], epsilon: epsilon)
    }
  }

  static let normalisations = list {
    for shape in [[5], [2, 3], [1, 1], [3, 7], [2, 3, 4], [2, 3, 4, 2]] as [Shape] {
      for axis in 0..<shape.rank {
        softmax(shape, axis: axis)
        // Of a single class it is 0: there is no magnitude to be relative to.
        if shape[axis] > 1 { logSoftmax(shape, axis: axis) }
      }
    }
    for shape in [[4, 3], [2, 3, 5], [3, 2, 4, 5], [1, 2, 3, 3], [2, 2, 3, 2, 2], [5, 1]] as [Shape]
    {
      batchNorm(shape, epsilon: 1e-5)
      batchNorm(shape, epsilon: 0.1)
      batchNormInference(shape, epsilon: 1e-3)
    }
  }

  static let largeNormalisations = list {
    for classes in [10, 17, 257, 1031] {
      for batch in [1, 5, 32] {
        softmax([batch, classes], axis: 1)
        logSoftmax([batch, classes], axis: 1)
      }
    }
    softmax([5, 17, 7, 7], axis: 1)
    logSoftmax([2, 16, 33], axis: 1)
    for channels in [1, 3, 16, 17, 32, 64] {
      batchNorm([5, channels, 9, 7], epsilon: 1e-5)
      batchNorm([32, channels], epsilon: 1e-3)
      batchNormInference([5, channels, 9, 7], epsilon: 1e-5)
      batchNormInference([32, channels], epsilon: 1e-3)
    }
  }
}
