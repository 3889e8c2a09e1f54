import Graph

extension ONNXExport {
  mutating func unary(_ function: Unary, _ x: String, _ scope: String) -> String {
    switch function {
    case .relu: return emit("Relu", [x], scope: scope)
    case .leakyRelu(let slope):
      return emit("LeakyRelu", [x], [("alpha", .float(slope))], scope: scope)
    case .elu(let alpha): return emit("Elu", [x], [("alpha", .float(alpha))], scope: scope)
    case .tanh: return emit("Tanh", [x], scope: scope)
    case .sigmoid: return emit("Sigmoid", [x], scope: scope)
    case .softplus: return emit("Softplus", [x], scope: scope)
    case .exponential: return emit("Exp", [x], scope: scope)
    case .logarithm: return emit("Log", [x], scope: scope)
    case .squareRoot: return emit("Sqrt", [x], scope: scope)
    case .square: return emit("Mul", [x, x], scope: scope)
    case .absolute: return emit("Abs", [x], scope: scope)
    case .swish: return emit("Mul", [x, emit("Sigmoid", [x], scope: scope)], scope: scope)
    case .gelu:
      // x / 2 (1 + erf(x / sqrt 2))
      let inner = emit("Mul", [x, constant(Float(0.5).squareRoot())], scope: scope)
      return half(x, emit("Erf", [inner], scope: scope), scope)
    case .geluTanh:
      // x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
      let square = emit("Mul", [x, x], scope: scope)
      let cubic = emit(
        "Mul", [emit("Mul", [square, x], scope: scope), constant(0.044715)], scope: scope)
      let sum = emit("Add", [x, cubic], scope: scope)
      let inner = emit("Mul", [sum, constant((2 / Float.pi).squareRoot())], scope: scope)
      return half(x, emit("Tanh", [inner], scope: scope), scope)
    }
  }

  /// x / 2 (1 + y)
  private mutating func half(_ x: String, _ y: String, _ scope: String) -> String {
    let sum = emit("Add", [y, constant(1)], scope: scope)
    let product = emit("Mul", [x, sum], scope: scope)
    return emit("Mul", [product, constant(0.5)], scope: scope)
  }
}
