public import Graph

/// Multi-head self-attention (Vaswani et al. 2017): a projection of x to q, k and v, scaled
/// dot-product attention in each head, and a projection of what the heads give.
///
/// Padding that an `Embedding` has found is not seen; see ``BuildContext/mask``. Parameters, as in
/// `torch.nn.MultiheadAttention`: `in_proj_weight` 3 E x E, `in_proj_bias` 3 E, `out_proj.weight`
/// E x E, `out_proj.bias` E.
public struct SelfAttention: Layer {
  /// The number of heads; divides the width.
  public var heads: Int
  /// Whether a step sees itself and earlier steps only.
  public var isCausal: Bool
  /// The probability with which a weight of the attention is zeroed while training.
  public var dropout: Float
  /// Whether the projections have biases.
  public var useBias: Bool
  /// How the matrices start.
  public var kernelInitializer: Initializer

  /// Attention of `heads` heads.
  public init(
    heads: Int, isCausal: Bool = false, dropout: Float = 0, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform
  ) {
    self.heads = heads
    self.isCausal = isCausal
    self.dropout = dropout
    self.useBias = useBias
    self.kernelInitializer = kernelInitializer
  }

  /// The name in job files.
  public var name: String { "selfAttention" }

  /// N x T x E -> N x T x E.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try expectPositive("heads", heads, in: x.graph)
    guard x.shape.rank == 3 else {
      throw error("needs an input N x steps x width, is \(x.shape)", in: x.graph)
    }
    let width = x.shape[2]
    guard width % heads == 0 else {
      throw error("the width \(width) is no multiple of \(heads) heads", in: x.graph)
    }
    let weight = try x.graph.parameter("in_proj_weight", [3 * width, width], kernelInitializer)
    var projection = try x.reshaped(to: [x.shape.count / width, width])
      .matmul(weight, transposeB: true)
    if useBias {
      let bias = try x.graph.parameter("in_proj_bias", [3 * width], .zeros)
      projection = try projection.addingBias(bias, axis: 1)
    }
    var drawn: (rate: Float, keys: Tensor, salt: UInt32)?
    if dropout > 0, x.graph.mode == .training {
      let (keys, salt) = context.nextDropout()
      drawn = (dropout, keys, salt)
    }
    let seen = try projection.reshaped(to: [x.shape[0], x.shape[1], 3 * width]).attended(
      heads: heads, isCausal: isCausal, mask: context.mask(for: x), dropout: drawn)
    return try x.graph.withScope("out_proj") { () throws(GraphError) in
      try Dense(units: width, useBias: useBias, kernelInitializer: kernelInitializer)(
        seen, &context)
    }
  }
}
