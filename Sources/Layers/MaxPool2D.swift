public import Graph

/// Pooling of N x C x H x W: the largest element in each window of each channel.
public struct MaxPool2D: Layer {
  /// Extent of the window.
  public var size: Extent2D
  /// Step between windows; the size of the window if nil.
  public var strides: Extent2D?
  /// What surrounds the input.
  public var padding: Padding

  /// A pooling over windows of `size`.
  public init(size: Extent2D = 2, strides: Extent2D? = nil, padding: Padding = .valid) {
    self.size = size
    self.strides = strides
    self.padding = padding
  }

  /// The name in job files.
  public var name: String { "maxPool2d" }

  /// N x C x H x W -> N x C x H' x W'.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try expectImages(x)
    return try x.pooled(
      .maximum,
      padding.window(
        size: size, strides: strides ?? size, height: x.shape[2], width: x.shape[3]))
  }
}
