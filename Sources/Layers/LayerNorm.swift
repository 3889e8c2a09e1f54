public import Graph

/// Layer normalisation over the last axis (Ba et al. 2016):
/// y = weight * (x - mean) / sqrt(variance + epsilon) + bias.
///
/// Parameters, as in PyTorch: `weight` (ones), `bias` (zeros).
public struct LayerNorm: Layer {
  /// Added to the variance.
  public var epsilon: Float

  /// A layer that normalises the last axis.
  public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  /// The name in job files.
  public var name: String { "layerNorm" }

  /// N x ... x D -> the same shape.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard x.shape.rank >= 2 else {
      throw error("needs an input N x ... x D, is \(x.shape)", in: x.graph)
    }
    let width: Shape = [x.shape[x.shape.rank - 1]]
    let weight = try x.graph.parameter("weight", width, .ones)
    let bias = try x.graph.parameter("bias", width, .zeros)
    return try x.layerNormalized(scale: weight, offset: bias, epsilon: epsilon)
  }
}
