import Glibc
import Graph

extension ReferenceBackend {
  static func constant(_ value: Float, _ shape: Shape) -> ReferenceTensor {
    ReferenceTensor(shape, [Double](repeating: Double(value), count: shape.count))
  }

  static func scale(_ x: ReferenceTensor, _ factor: Float) -> ReferenceTensor {
    ReferenceTensor(x.shape, x.values.map { Double(factor) * $0 })
  }

  static func unary(_ function: Unary, _ x: ReferenceTensor) -> ReferenceTensor {
    ReferenceTensor(x.shape, x.values.map { value(of: function, at: $0) })
  }

  static func unaryGradient(
    _ function: Unary, dy: ReferenceTensor, saved: ReferenceTensor
  ) -> ReferenceTensor {
    ReferenceTensor(
      dy.shape, zip(dy.values, saved.values).map { $0 * slope(of: function, saved: $1) })
  }

  static func binary(
    _ function: Binary, _ a: ReferenceTensor, _ b: ReferenceTensor, result: Shape
  ) -> ReferenceTensor {
    let wideA = broadcast(a, to: result)
    let wideB = broadcast(b, to: result)
    return ReferenceTensor(
      result,
      zip(wideA.values, wideB.values).map { a, b in
        switch function {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        }
      })
  }

  // MARK: - The functions

  private static func value(of function: Unary, at x: Double) -> Double {
    switch function {
    case .relu: max(x, 0)
    case .leakyRelu(let slope): x > 0 ? x : Double(slope) * x
    case .elu(let alpha): x > 0 ? x : Double(alpha) * expm1(x)
    case .gelu: x * normalProbability(x)
    case .geluTanh: 0.5 * x * (1 + tanh(geluArgument(x)))
    case .tanh: tanh(x)
    case .sigmoid: sigmoid(x)
    // log(1 + exp(x)) without the overflow for large x.
    case .softplus: max(x, 0) + log1p(exp(-abs(x)))
    case .swish: x * sigmoid(x)
    case .exponential: exp(x)
    case .logarithm: log(x)
    case .squareRoot: x.squareRoot()
    case .square: x * x
    case .absolute: abs(x)
    }
  }

  /// The derivative, from what ``Unary/gradientUsesOutput`` says is saved: y = f(x) or x.
  private static func slope(of function: Unary, saved: Double) -> Double {
    let (x, y) = (saved, saved)
    switch function {
    case .relu: return y > 0 ? 1 : 0
    case .leakyRelu(let slope): return saved > 0 ? 1 : Double(slope)
    case .elu(let alpha):
      // For x <= 0: y = alpha exp(x) - alpha, and the derivative is alpha exp(x).
      if saved > 0 { return 1 }
      return function.gradientUsesOutput ? y + Double(alpha) : Double(alpha) * exp(x)
    case .gelu: return normalProbability(x) + x * normalDensity(x)
    case .geluTanh:
      let t = tanh(geluArgument(x))
      let inner = (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner
    case .tanh: return 1 - y * y
    case .sigmoid: return y * (1 - y)
    case .softplus: return sigmoid(x)
    case .swish: return sigmoid(x) * (1 + x * (1 - sigmoid(x)))
    case .exponential: return y
    case .logarithm: return 1 / x
    case .squareRoot: return 0.5 / y
    case .square: return 2 * x
    case .absolute: return x > 0 ? 1 : x < 0 ? -1 : 0
    }
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  private static func normalProbability(_ x: Double) -> Double {
    0.5 * (1 + erf(x * 0.5.squareRoot()))
  }

  private static func normalDensity(_ x: Double) -> Double {
    exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
  }

  /// sqrt(2 / pi) (x + 0.044715 x^3), of Hendrycks and Gimpel 2016.
  private static func geluArgument(_ x: Double) -> Double {
    (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
  }
}
