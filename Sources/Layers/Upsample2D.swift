public import Graph

/// Each pixel of N x C x H x W repeated in place: nearest-neighbour upsampling by whole factors.
public struct Upsample2D: Layer {
  /// How often rows and columns are repeated.
  public var factor: Extent2D

  /// A layer that repeats pixels.
  public init(factor: Extent2D = 2) { self.factor = factor }

  /// The name in job files.
  public var name: String { "upsample2d" }

  /// N x C x H x W -> N x C x fH x fW.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try expectImages(x)
    try expectPositive("factor", min(factor.height, factor.width), in: x.graph)
    return try x.repeated([1, 1] + factor.dimensions)
  }
}
