public import Graph

/// A branch added to what goes around it (He et al. 2016): y = activation(f(x) + shortcut(x)).
///
/// The branch is built under the scope `layers`, the shortcut under `shortcut`: parameters are
/// `layers.2.layers.0.weight`. The shortcut comes first, so that the last convolution of the branch
/// can add it while its result is still in registers.
public struct Residual: Layer {
  /// The branch, f.
  public var layers: Sequential
  /// What goes around it; the identity if there is no layer.
  public var shortcut: Sequential
  /// What is applied to the sum.
  public var activation: Activation

  /// A branch around which goes a shortcut.
  public init(
    _ layers: Sequential, shortcut: Sequential = [], activation: Activation = .linear
  ) {
    self.layers = layers
    self.shortcut = shortcut
    self.activation = activation
  }

  /// The name in job files.
  public var name: String { "residual" }

  /// N x ... -> the shape of the branch.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    let around = try x.graph.withScope("shortcut") { () throws(GraphError) in
      try shortcut(x, &context)
    }
    let branch = try x.graph.withScope("layers") { () throws(GraphError) in
      try layers(x, &context)
    }
    guard branch.shape == around.shape else {
      throw error(
        "the branch gives \(branch.shape), \(shortcut.layers.isEmpty ? "its input" : "the shortcut") \(around.shape): they cannot be added",
        in: x.graph)
    }
    return try activation(branch + around)
  }
}
