import Graph

// Whole small networks: neighbouring ops that the engine may fuse, and values that fork and join.

extension OpCase {
  /// conv - bias - relu - pool - conv - bias - relu - flatten - dense - cross-entropy.
  static func classifier(
    batch: Int, channels: Int, extent: Int, filters: Int, _ pooling: Pooling = .maximum,
    _ activation: Unary = .relu, padding: Padding = .same
  ) -> OpCase {
    let first = Window([3, 3], on: [extent, extent], padding: padding)
    let middle = first.outputExtent(extent, axis: 0) / 2
    let second = Window([3, 3], on: [middle, middle], padding: padding)
    let last = second.outputExtent(middle, axis: 0)
    return OpCase(
      "classifier \(batch)x\(channels)x\(extent)x\(extent), \(filters) filters, \(pooling.rawValue), "
        + "\(activation), padding \(padding)",
      [
        .input("x", [batch, channels, extent, extent]),
        .parameter("conv1.weight", [filters, channels, 3, 3], .uniform(-0.3, 0.3)),
        .parameter("conv1.bias", [filters]),
        .parameter("conv2.weight", [filters, filters, 3, 3], .uniform(-0.3, 0.3)),
        .parameter("conv2.bias", [filters]),
        .parameter("dense.weight", [filters * last * last, 4], .uniform(-0.3, 0.3)),
        .parameter("dense.bias", [4]), .input("labels", [batch], .labels(4)),
      ],
      results: { x in
        let pool = Window([2, 2], on: [], stride: 2)
        let one = try x[0].convolved(with: x[1], first).addingBias(x[2], axis: 1)(activation)
          .pooled(pooling, pool)
        let two = try one.convolved(with: x[3], second).addingBias(x[4], axis: 1)(activation)
        let scores = try two.flattened().matmul(x[5]).addingBias(x[6], axis: 1)
        return [
          try scores.softmaxCrossEntropy(labels: x[7]).mean(), scores,
          try scores.correctPredictions(labels: x[7]).sum(),
        ]
      })
  }

  /// relu(x + conv(relu(conv(x)))): the sum may be fused into the second convolution.
  static func residual(batch: Int, channels: Int, extent: Int) -> OpCase {
    let weight = Shape([channels, channels, 3, 3])
    return OpCase(
      "residual block \(batch)x\(channels)x\(extent)x\(extent)",
      [
        .input("x", [batch, channels, extent, extent]),
        .parameter("a.weight", weight, .uniform(-0.3, 0.3)), .parameter("a.bias", [channels]),
        .parameter("b.weight", weight, .uniform(-0.3, 0.3)), .parameter("b.bias", [channels]),
      ]
    ) { x in
      let window = Window([3, 3], on: [extent, extent], padding: .same)
      let inner = try x[0].convolved(with: x[1], window).addingBias(x[2], axis: 1)(.relu)
      let outer = try inner.convolved(with: x[3], window).addingBias(x[4], axis: 1)
      return try (outer + x[0])(.relu)
    }
  }

  /// Two residual blocks with batch norm, global average pooling and a dense layer.
  static func residualNetwork(batch: Int, channels: Int, extent: Int) -> OpCase {
    let weight = Shape([channels, channels, 3, 3])
    let blocks = (0..<2).flatMap { block -> [Leaf] in
      [
        .parameter("\(block).weight", weight, .uniform(-0.3, 0.3)),
        .parameter("\(block).scale", [channels], .uniform(0.5, 1.5)),
        .parameter("\(block).offset", [channels]),
      ]
    }
    return OpCase(
      "residual network \(batch)x\(channels)x\(extent)x\(extent)",
      [.input("x", [batch, channels, extent, extent])] + blocks + [
        .parameter("dense.weight", [channels, 3]), .parameter("dense.bias", [3]),
        .input("labels", [batch], .labels(3)),
      ]
    ) { x in
      let window = Window([3, 3], on: [extent, extent], padding: .same)
      var y = x[0]
      for block in 0..<2 {
        let at = 1 + 3 * block
        let inner = try y.convolved(with: x[at], window)
          .batchNormalized(scale: x[at + 1], offset: x[at + 2], epsilon: 1e-3).result
        y = try (y + inner)(.relu)
      }
      let pooled = try y.pooled(.average, Window(size: [extent, extent])).flattened()
      return try pooled.matmul(x[7]).addingBias(x[8], axis: 1).softmaxCrossEntropy(labels: x[9])
        .mean()
    }
  }

  /// conv - batch norm - activation - pool, then dense - batch norm - activation - dense.
  static func normalised(batch: Int, channels: Int, extent: Int, _ activation: Unary) -> OpCase {
    let half = extent / 2
    return OpCase(
      "batch norm network \(batch)x\(channels)x\(extent)x\(extent), \(activation)",
      [
        .input("x", [batch, channels, extent, extent]),
        .parameter("conv.weight", [5, channels, 3, 3], .uniform(-0.5, 0.5)),
        .parameter("norm1.scale", [5], .uniform(0.5, 1.5)), .parameter("norm1.offset", [5]),
        .parameter("dense1.weight", [5 * half * half, 6], .uniform(-0.5, 0.5)),
        .parameter("norm2.scale", [6], .uniform(0.5, 1.5)), .parameter("norm2.offset", [6]),
        .parameter("dense2.weight", [6, 2]),
      ]
    ) { x in
      let window = Window([3, 3], on: [extent, extent], padding: .same)
      let one = try x[0].convolved(with: x[1], window)
        .batchNormalized(scale: x[2], offset: x[3], epsilon: 1e-3).result(activation)
        .pooled(.maximum, Window([2, 2], on: [], stride: 2))
      return try one.flattened().matmul(x[4])
        .batchNormalized(scale: x[5], offset: x[6], epsilon: 1e-3).result(activation)
        .matmul(x[7])
    }
  }

  /// dense - bias - activation - dense - bias - activation - dense - bias, mean squared error.
  static func perceptron(
    _ activation: Unary, batch: Int, _ inputs: Int, _ hidden: Int, _ outputs: Int
  ) -> OpCase {
    // Logarithm and square root want positive sums.
    let isPositive = activation == .logarithm || activation == .squareRoot
    let weights: Leaf.Fill = isPositive ? .uniform(0.1, 0.5) : .uniform(-0.5, 0.5)
    let biases: Leaf.Fill = isPositive ? .uniform(2, 3) : .uniform(-0.5, 0.5)
    return OpCase(
      "perceptron \(activation), batch \(batch), \(inputs)-\(hidden)-\(hidden)-\(outputs)",
      [
        .input("x", [batch, inputs], isPositive ? .uniform(0, 1) : .uniform(-1, 1)),
        .parameter("0.weight", [inputs, hidden], weights), .parameter("0.bias", [hidden], biases),
        .parameter("1.weight", [hidden, hidden], weights), .parameter("1.bias", [hidden], biases),
        .parameter("2.weight", [hidden, outputs], weights),
        .parameter("2.bias", [outputs], biases), .input("target", [batch, outputs]),
      ],
      results: { x in
        let one = try x[0].matmul(x[1]).addingBias(x[2], axis: 1)(activation)
        let two = try one.matmul(x[3]).addingBias(x[4], axis: 1)(activation)
        let y = try two.matmul(x[5]).addingBias(x[6], axis: 1)
        return [try (y - x[7])(.square).mean(), y]
      })
  }

  /// Dense layers stored as outputs x inputs, dropout between them, log-softmax on top.
  static func dropoutNetwork(batch: Int, _ inputs: Int, _ hidden: Int) -> OpCase {
    OpCase(
      "dropout network, batch \(batch), \(inputs)-\(hidden)-5",
      [
        .input("x", [batch, inputs]), .parameter("0.weight", [hidden, inputs]),
        .parameter("0.bias", [hidden]), .parameter("1.weight", [5, hidden]),
        .input("keys", [batch, 2], .keys),
      ]
    ) { x in
      let hidden = try x[0].matmul(x[1], transposeB: true).addingBias(x[2], axis: 1)(.relu)
      return try hidden.dropout(rate: 0.5, keys: x[4], salt: 1).matmul(x[3], transposeB: true)
        .logSoftmax()
    }
  }

  /// Two branches of different windows that are added, one of them depthwise, then scaled.
  static func branches(batch: Int, channels: Int, extent: Int) -> OpCase {
    OpCase(
      "branches \(batch)x\(channels)x\(extent)x\(extent)",
      [
        .input("x", [batch, channels, extent, extent]),
        .parameter("wide.weight", [channels, channels, 3, 3], .uniform(-0.3, 0.3)),
        .parameter("deep.weight", [channels, 1, 5, 5], .uniform(-0.3, 0.3)),
        .parameter("gate", [channels, 1, 1]),
      ]
    ) { x in
      let wide = try x[0].convolved(
        with: x[1], Window([3, 3], on: [extent, extent], padding: .same))(.swish)
      let deep = try x[0].convolved(
        with: x[2], Window([5, 5], on: [extent, extent], padding: .same), groups: channels)
      return try (wide + deep * x[3]).pooled(
        .maximum, Window([3, 3], on: [extent, extent], stride: 2, padding: .same))
    }
  }

  /// A network in blocked layouts that has most of what is fused.
  static let networkOfBlocks = classifier(batch: 2, channels: 3, extent: 8, filters: 16)

  static let networks = list {
    classifier(batch: 2, channels: 1, extent: 6, filters: 3)
    classifier(batch: 2, channels: 2, extent: 7, filters: 2, .average, .tanh)
    classifier(batch: 1, channels: 1, extent: 10, filters: 2, padding: .valid)
    residual(batch: 2, channels: 2, extent: 4)
    residualNetwork(batch: 3, channels: 2, extent: 4)
    normalised(batch: 3, channels: 2, extent: 4, .relu)
    normalised(batch: 3, channels: 1, extent: 5, .sigmoid)
    dropoutNetwork(batch: 3, 4, 6)
    branches(batch: 2, channels: 2, extent: 5)
    for function in unaries { perceptron(function, batch: 3, 4, 5, 2) }
  }

  static let largeNetworks = list {
    for batch in [1, 2, 5, 32] {
      classifier(batch: batch, channels: 1, extent: 8, filters: 16)
      classifier(batch: batch, channels: 3, extent: 12, filters: 17, padding: .valid)
      classifier(batch: batch, channels: 3, extent: 9, filters: 32, .average, .gelu)
      residual(batch: batch, channels: 16, extent: 8)
      dropoutNetwork(batch: batch, 33, 64)
      branches(batch: batch, channels: 17, extent: 7)
    }
    // Beyond a megabyte a convolution and its pooling are computed in tiles of the batch.
    classifier(batch: 6, channels: 3, extent: 45, filters: 33, padding: .valid)
    classifier(batch: 3, channels: 1, extent: 60, filters: 32, .maximum, .tanh)
    residual(batch: 5, channels: 17, extent: 7)
    residualNetwork(batch: 5, channels: 16, extent: 6)
    residualNetwork(batch: 8, channels: 17, extent: 5)
    normalised(batch: 32, channels: 3, extent: 8, .relu)
    normalised(batch: 16, channels: 16, extent: 6, .swish)
    for function in unaries { perceptron(function, batch: 10, 10, 100, 10) }
  }
}
