public import Graph

/// Pooling of N x C x H x W over whole planes: the mean of each channel.
public struct GlobalAveragePool2D: Layer {
  /// The only form there is.
  public init() {}

  /// The name in job files.
  public var name: String { "globalAveragePool2d" }

  /// N x C x H x W -> N x C.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try expectImages(x)
    // A pooling node, not a sum, so that the engine stays in the convolutions' layout.
    return try x.pooled(.average, Window(size: [x.shape[2], x.shape[3]])).flattened()
  }
}
