public import Graph

/// A block of a transformer: self-attention and a network of two dense layers for each step, each
/// with a shortcut around it, dropout and layer normalisation.
///
///     normalised first:   x + f(norm(x))           normalised last:   norm(x + f(x))
///     (GPT-2)                                      (Vaswani et al. 2017)
///
/// Without causality an encoder block, with it a decoder block as in GPT. Parameters, as in
/// `torch.nn.TransformerEncoderLayer`: `self_attn.in_proj_weight` and the others of ``SelfAttention``,
/// `norm1`, `norm2`, `linear1` (hidden x E), `linear2` (E x hidden), each `.weight` and `.bias`.
public struct TransformerBlock: Layer {
  /// The number of heads.
  public var heads: Int
  /// Units of the first dense layer; four times the width if nil.
  public var hidden: Int?
  /// What is applied between the dense layers.
  public var activation: Activation
  /// The probability of a zero in attention, hidden units and results while training.
  public var dropout: Float
  /// Whether x is normalised on its way into attention and dense layers, rather than the sum.
  public var normalizesFirst: Bool
  /// Whether a step sees itself and earlier steps only.
  public var isCausal: Bool
  /// How the matrices start.
  public var kernelInitializer: Initializer
  /// Added to the variance in normalisations.
  public var epsilon: Float

  /// A block; GPT-2's but for the rate of dropout if it is causal, else the first transformer's.
  public init(
    heads: Int, isCausal: Bool, hidden: Int? = nil, activation: Activation? = nil,
    dropout: Float = 0, normalizesFirst: Bool? = nil,
    kernelInitializer: Initializer = .glorotUniform, epsilon: Float = 1e-5
  ) {
    self.heads = heads
    self.isCausal = isCausal
    self.hidden = hidden
    self.activation = activation ?? (isCausal ? .gelu : .relu)
    self.dropout = dropout
    self.normalizesFirst = normalizesFirst ?? isCausal
    self.kernelInitializer = kernelInitializer
    self.epsilon = epsilon
  }

  /// The name in job files.
  public var name: String { isCausal ? "transformerDecoder" : "transformerEncoder" }

  /// N x T x E -> N x T x E.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard x.shape.rank == 3 else {
      throw error("needs an input N x steps x width, is \(x.shape)", in: x.graph)
    }
    let seen = try shortcut(around: x, norm: "norm1", &context) { y, context throws(GraphError) in
      try y.graph.withScope("self_attn") { () throws(GraphError) in
        try SelfAttention(
          heads: heads, isCausal: isCausal, dropout: dropout,
          kernelInitializer: kernelInitializer)(y, &context)
      }
    }
    let width = x.shape[2]
    return try shortcut(around: seen, norm: "norm2", &context) { y, context throws(GraphError) in
      let inner = try dense("linear1", y, hidden ?? 4 * width, activation, &context)
      return try dense("linear2", drop(inner, &context), width, .linear, &context)
    }
  }

  private func shortcut(
    around x: Tensor, norm: String, _ context: inout BuildContext,
    _ branch: (Tensor, inout BuildContext) throws(GraphError) -> Tensor
  ) throws(GraphError) -> Tensor {
    func normalized(_ y: Tensor) throws(GraphError) -> Tensor {
      try y.graph.withScope(norm) { () throws(GraphError) in
        try LayerNorm(epsilon: epsilon)(y, &context)
      }
    }
    if normalizesFirst {
      let y = try branch(normalized(x), &context)
      return try drop(y, &context) + x
    }
    let y = try branch(x, &context)
    return try normalized(drop(y, &context) + x)
  }

  private func drop(_ x: Tensor, _ context: inout BuildContext) throws(GraphError) -> Tensor {
    dropout > 0 ? try Dropout(rate: dropout)(x, &context) : x
  }

  private func dense(
    _ scope: String, _ x: Tensor, _ units: Int, _ activation: Activation,
    _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try x.graph.withScope(scope) { () throws(GraphError) in
      try Dense(units: units, activation: activation, kernelInitializer: kernelInitializer)(
        x, &context)
    }
  }
}
