public import Graph

/// Everything behind the batch axis in one, in row-major order.
public struct Flatten: Layer {
  /// The only form there is.
  public init() {}

  /// The name in job files.
  public var name: String { "flatten" }

  /// N x ... -> N x product of the rest.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try x.flattened()
  }
}
