import Graph
import Layers

/// A highway layer (Srivastava et al. 2015): y = x + t(x) * (h(x) - x), in which a gate t says how much of
/// the input is replaced.
///
/// In job files `- highway`, or with settings: `- highway: {units: 64, gateBias: -2}`. Parameters:
/// `hidden.weight`, `hidden.bias`, `gate.weight`, `gate.bias`.
struct Highway: Module {
  static let name = "highway"

  /// The width of input and output.
  var units = 64
  /// Where the gate starts: the more negative, the more passes unchanged.
  var gateBias: Float = -1

  /// N x units -> N x units.
  func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    let hidden = try Dense(units: units, activation: .relu, kernelInitializer: .heNormal)(
      x, &context, as: "hidden")
    let gate = try Dense(
      units: units, activation: .sigmoid, biasInitializer: .constant(gateBias))(
        x, &context, as: "gate")
    // A product or sum of shapes that do not fit is refused with this layer's place in the job file.
    return try x + gate * (hidden - x)
  }
}
