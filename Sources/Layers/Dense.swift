public import Graph

/// A fully connected layer: y = activation(x Wᵀ + b) on the last axis of x.
///
/// Parameters, in PyTorch's layout: `weight` units x inputs, `bias` units.
public struct Dense: Layer {
  /// The number of outputs.
  public var units: Int
  /// The path of a parameter, units x inputs, that is the weight of this layer too, for example that of
  /// an embedding (Press and Wolf 2017); nil for one of its own. Both uses add to its gradient.
  public var sharedWeight: String?
  /// What is applied to the result.
  public var activation: Activation
  /// Whether a bias is added.
  public var useBias: Bool
  /// How the weight starts.
  public var kernelInitializer: Initializer
  /// How the bias starts; `fanUniform(fan: 0)` takes the layer's own number of inputs.
  public var biasInitializer: Initializer

  /// A layer with `units` outputs; initialisers default to Keras's.
  public init(
    units: Int, activation: Activation = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
    sharedWeight: String? = nil
  ) {
    self.units = units
    self.activation = activation
    self.sharedWeight = sharedWeight
    self.useBias = useBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
  }

  /// The name in job files.
  public var name: String { "dense" }

  /// N x ... x inputs -> N x ... x units.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try expectPositive("units", units, in: x.graph)
    guard x.shape.rank >= 2 else {
      throw error("needs an input N x inputs, is \(x.shape)", in: x.graph)
    }
    let inputs = x.shape[x.shape.rank - 1]
    let rows = try x.reshaped(to: [x.shape.count / max(1, inputs), inputs])
    let weight =
      if let sharedWeight { try shared(sharedWeight, [units, inputs], in: x.graph) } else {
        try x.graph.parameter("weight", [units, inputs], kernelInitializer)
      }
    var y = try rows.matmul(weight, transposeB: true)
    if useBias {
      let bias = try x.graph.parameter(
        "bias", [units], biasInitializer.resolvingFan(weight.shape))
      y = try y.addingBias(bias, axis: 1)
    }
    return try activation(y).reshaped(to: Shape(x.shape.dimensions.dropLast() + [units]))
  }

  private func shared(
    _ path: String, _ shape: Shape, in graph: TensorGraph
  ) throws(GraphError) -> Tensor {
    guard let known = graph.parameters.first(where: { $0.path == path }) else {
      let paths = graph.parameters.prefix(8).map(\.path).joined(separator: ", ")
      throw error("sharedWeight names no earlier parameter: \(path); there are \(paths)", in: graph)
    }
    guard known.shape == shape else {
      throw error(
        "sharedWeight \(path) is \(known.shape), this layer needs \(shape) (units x inputs)",
        in: graph)
    }
    return graph.tensor(known.value)
  }
}

extension Initializer {
  /// `fanUniform(fan: 0)` with the fan of the layer's `weight`; any other initialiser as it is.
  func resolvingFan(_ weight: Shape) -> Initializer {
    self == .fanUniform(fan: 0) ? .fanUniform(fan: Self.fans(weight).input) : self
  }
}
