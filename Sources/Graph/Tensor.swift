/// A symbolic tensor: a result of a node of one graph. Its methods append nodes; nothing is computed.
public struct Tensor {
  /// The graph that owns it.
  public let graph: TensorGraph
  /// Which result of which node.
  public let value: TensorGraph.Value

  init(graph: TensorGraph, value: TensorGraph.Value) {
    self.graph = graph
    self.value = value
  }

  /// Shape and element type.
  public var type: TensorType { graph.type(of: value) }
  /// The extents.
  public var shape: Shape { type.shape }

  func one(_ op: Op, _ others: Tensor...) throws(GraphError) -> Tensor {
    try graph.append(op, [self] + others)[0]
  }
}

// MARK: - Elementwise

extension Tensor {
  /// Elementwise function of one operand.
  public func callAsFunction(_ function: Unary) throws(GraphError) -> Tensor {
    try one(.unary(function))
  }

  /// a + b with broadcasting.
  public static func + (a: Tensor, b: Tensor) throws(GraphError) -> Tensor {
    try a.one(.binary(.add), b)
  }

  /// a - b with broadcasting.
  public static func - (a: Tensor, b: Tensor) throws(GraphError) -> Tensor {
    try a.one(.binary(.subtract), b)
  }

  /// a * b elementwise with broadcasting.
  public static func * (a: Tensor, b: Tensor) throws(GraphError) -> Tensor {
    try a.one(.binary(.multiply), b)
  }

  /// a / b elementwise with broadcasting.
  public static func / (a: Tensor, b: Tensor) throws(GraphError) -> Tensor {
    try a.one(.binary(.divide), b)
  }

  /// Every element times `factor`.
  public func scaled(by factor: Float) throws(GraphError) -> Tensor {
    factor == 1 ? self : try one(.scale(factor))
  }

  /// x + bias, where bias has the extent of `axis` and is repeated over the others.
  public func addingBias(_ bias: Tensor, axis: Int) throws(GraphError) -> Tensor {
    try one(.addBias(axis: axis), bias)
  }

  /// Zeroes each element with probability `rate` and scales the rest by 1 / (1 - rate)
  /// (Srivastava et al. 2014).
  ///
  /// - Parameter keys: int32, N x 2, the random key of each sample.
  public func dropout(rate: Float, keys: Tensor, salt: UInt32) throws(GraphError) -> Tensor {
    try one(.dropout(rate: rate, salt: salt), keys)
  }
}

// MARK: - Linear algebra

extension Tensor {
  /// Matrix product over the last two axes.
  public func matmul(
    _ other: Tensor, transposeA: Bool = false, transposeB: Bool = false
  ) throws(GraphError) -> Tensor {
    try one(.matmul(transposeA: transposeA, transposeB: transposeB), other)
  }

  /// Cross-correlation of N x C x spatial with O x C/groups x window.
  public func convolved(
    with filter: Tensor, _ window: Window, groups: Int = 1
  ) throws(GraphError) -> Tensor {
    try one(.convolution(window, groups: groups), filter)
  }

  /// Pooling over the spatial axes of N x C x spatial.
  public func pooled(_ kind: Pooling, _ window: Window) throws(GraphError) -> Tensor {
    try one(.pool(kind, window))
  }
}

// MARK: - Shape and reduction

extension Tensor {
  /// The same elements in row-major order as `shape`.
  public func reshaped(to shape: Shape) throws(GraphError) -> Tensor {
    shape == self.shape ? self : try one(.reshape(shape))
  }

  /// N x everything else.
  public func flattened() throws(GraphError) -> Tensor {
    guard shape.rank >= 1 else {
      throw GraphError("flatten", "needs a batch axis", scope: graph.scope)
    }
    return try reshaped(to: [shape[0], shape.count / max(1, shape[0])])
  }

  /// Axes permuted: result axis i is axis `permutation[i]`.
  public func transposed(_ permutation: [Int]) throws(GraphError) -> Tensor {
    try one(.transpose(permutation))
  }

  /// Sum over `axes`; over all of them if nil.
  public func sum(_ axes: [Int]? = nil, keepAxes: Bool = false) throws(GraphError) -> Tensor {
    let axes = axes ?? Array(0..<shape.rank)
    return axes.isEmpty ? self : try one(.sum(axes: axes.sorted(), keepAxes: keepAxes))
  }

  /// Mean over `axes`; over all of them if nil.
  public func mean(_ axes: [Int]? = nil, keepAxes: Bool = false) throws(GraphError) -> Tensor {
    let total = try sum(axes, keepAxes: keepAxes)
    return try total.scaled(by: Float(total.shape.count) / Float(max(1, shape.count)))
  }

  /// Repeats to `shape` by NumPy's rule.
  public func broadcast(to shape: Shape) throws(GraphError) -> Tensor {
    shape == self.shape ? self : try one(.broadcast(shape))
  }

  /// The adjoint of ``broadcast(to:)``: sums the repeated axes away.
  public func summed(to shape: Shape) throws(GraphError) -> Tensor {
    if shape == self.shape { return self }
    guard shape.broadcast(with: self.shape) == self.shape else {
      throw GraphError(
        "sum", "\(self.shape) is not \(shape) with axes repeated", scope: graph.scope)
    }
    let missing = self.shape.rank - shape.rank
    let axes = (0..<self.shape.rank).filter {
      $0 < missing || (shape[$0 - missing] == 1 && self.shape[$0] != 1)
    }
    return try sum(axes).reshaped(to: shape)
  }
}

extension Tensor {
  /// The sum over all ranks; see ``Op/rankSum``.
  public func summedOverRanks() throws(GraphError) -> Tensor { try one(.rankSum) }
}

// MARK: - Normalisation, losses, metrics

extension Tensor {
  /// Softmax along `axis`; the last one if nil.
  public func softmax(axis: Int? = nil) throws(GraphError) -> Tensor {
    try one(.softmax(axis: axis ?? shape.rank - 1))
  }

  /// Logarithm of softmax along `axis`; the last one if nil.
  public func logSoftmax(axis: Int? = nil) throws(GraphError) -> Tensor {
    try one(.logSoftmax(axis: axis ?? shape.rank - 1))
  }

  /// Normalises each channel (axis 1) by this batch's mean and biased variance (Ioffe and Szegedy
  /// 2015).
  public func batchNormalized(
    scale: Tensor, offset: Tensor, epsilon: Float
  ) throws(GraphError) -> (result: Tensor, mean: Tensor, variance: Tensor) {
    let results = try graph.append(.batchNorm(epsilon: epsilon), [self, scale, offset])
    return (results[0], results[1], results[2])
  }

  /// Normalises each channel by given statistics.
  public func batchNormalized(
    scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor, epsilon: Float
  ) throws(GraphError) -> Tensor {
    try one(.batchNormInference(epsilon: epsilon), scale, offset, mean, variance)
  }

  /// Cross-entropy of each sample: logits N x C, labels int32 N -> N.
  public func softmaxCrossEntropy(labels: Tensor) throws(GraphError) -> Tensor {
    try one(.softmaxCrossEntropy, labels)
  }

  /// 1 for each sample whose first largest score is its label's, else 0.
  public func correctPredictions(labels: Tensor) throws(GraphError) -> Tensor {
    try one(.correctPrediction, labels)
  }
}
