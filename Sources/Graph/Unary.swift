/// The one-operand elementwise functions.
public enum Unary: Hashable, Sendable {
  /// max(x, 0)
  case relu
  /// x if x > 0, else slope * x
  case leakyRelu(slope: Float)
  /// x if x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2015)
  case elu(alpha: Float)
  /// x * Phi(x), by the error function (Hendrycks and Gimpel 2016)
  case gelu
  /// The tanh approximation of `gelu`, as in GPT-2
  case geluTanh
  case tanh
  /// 1 / (1 + exp(-x))
  case sigmoid
  /// log(1 + exp(x))
  case softplus
  /// x * sigmoid(x) (SiLU)
  case swish
  case exponential
  case logarithm
  case squareRoot
  case square
  case absolute

  /// Whether the gradient rule reads the result instead of the operand, so that the operand need not
  /// be kept and the function may overwrite it.
  public var gradientUsesOutput: Bool {
    switch self {
    case .relu, .tanh, .sigmoid, .exponential, .squareRoot: true
    // The sign of the result tells the branch only if the slope or alpha is positive.
    case .leakyRelu(let slope): slope > 0
    case .elu(let alpha): alpha > 0
    case .gelu, .geluTanh, .softplus, .swish, .logarithm, .square, .absolute: false
    }
  }

  /// The name used in job files, pictures and errors.
  public var name: String {
    switch self {
    case .relu: "relu"
    case .leakyRelu: "leakyRelu"
    case .elu: "elu"
    case .gelu: "gelu"
    case .geluTanh: "geluTanh"
    case .tanh: "tanh"
    case .sigmoid: "sigmoid"
    case .softplus: "softplus"
    case .swish: "swish"
    case .exponential: "exponential"
    case .logarithm: "logarithm"
    case .squareRoot: "squareRoot"
    case .square: "square"
    case .absolute: "absolute"
    }
  }
}
