public import Graph

/// A layer of your own: a struct whose stored properties are its settings, and a function from tensor to
/// tensor.
///
///     struct Highway: Module {
///       static let name = "highway"
///       var activation = "relu"                      // a setting with its default
///
///       func callAsFunction(_ x: Tensor, _ context: inout BuildContext) throws(GraphError) -> Tensor {
///         let gate = try Dense(units: x.shape[1], activation: .sigmoid)(x, &context, as: "gate")
///         ...
///       }
///     }
///
/// Once it is registered (`Highway.register()`, in `Training`), job files use it as they use `dense`:
/// `- highway`, or `- highway: {activation: tanh}`. Settings are read and written as `Codable` says, so
/// that the job in a checkpoint has them too; every one has a default, and none is optional.
///
/// The function may call other layers, ask the graph for parameters of its own
/// (`x.graph.parameter("scale", [n], .ones)`), and use any method of `Tensor`; gradients follow by
/// themselves. It must depend on nothing but its settings and its operands.
public protocol Module: Layer, Codable {
  /// The name in job files and in errors.
  static var name: String { get }

  /// The module with all its defaults.
  init()
}

extension Module {
  /// The name in job files and in errors.
  public var name: String { Self.name }
}

extension Layer {
  /// Appends the layer under the scope `name`: its parameters are `<scope>.<name>.weight` and so on.
  ///
  /// For layers inside a layer, which would otherwise share their parameters.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext, as name: String
  ) throws(GraphError) -> Tensor {
    try x.graph.withScope(name) { () throws(GraphError) in try self(x, &context) }
  }
}
