public import Graph

/// The elementwise and softmax non-linearities; a layer of its own, or the last step of `Dense` and
/// `Conv2D`.
public enum Activation: Layer {
  /// The identity.
  case linear
  /// max(x, 0)
  case relu
  /// x if x > 0, else slope * x; 0.01 in PyTorch, 0.3 in Keras 3.
  case leakyRelu(slope: Float = 0.01)
  /// x if x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2015).
  case elu(alpha: Float = 1)
  /// x * Phi(x), by the error function (Hendrycks and Gimpel 2016).
  case gelu
  /// The tanh approximation of `gelu`, as in GPT-2.
  case geluTanh
  case tanh
  /// 1 / (1 + exp(-x))
  case sigmoid
  /// log(1 + exp(x))
  case softplus
  /// x * sigmoid(x) (SiLU).
  case swish
  /// Softmax along the last axis. Not before `softmaxCrossEntropy`, which takes logits.
  case softmax
  /// Logarithm of softmax along the last axis.
  case logSoftmax

  /// The name in job files.
  public var name: String {
    switch self {
    case .linear: "linear"
    case .softmax: "softmax"
    case .logSoftmax: "logSoftmax"
    default: unary?.name ?? "activation"
    }
  }

  /// The elementwise function of the graph; nil for the others.
  private var unary: Unary? {
    switch self {
    case .relu: .relu
    case .leakyRelu(let slope): .leakyRelu(slope: slope)
    case .elu(let alpha): .elu(alpha: alpha)
    case .gelu: .gelu
    case .geluTanh: .geluTanh
    case .tanh: .tanh
    case .sigmoid: .sigmoid
    case .softplus: .softplus
    case .swish: .swish
    case .linear, .softmax, .logSoftmax: nil
    }
  }

  /// f(x), in the shape of x.
  public func callAsFunction(_ x: Tensor) throws(GraphError) -> Tensor {
    switch self {
    case .linear: return x
    case .softmax: return try x.softmax()
    case .logSoftmax: return try x.logSoftmax()
    default: return if let unary { try x(unary) } else { x }
    }
  }

  /// f(x), in the shape of x.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try self(x)
  }
}
