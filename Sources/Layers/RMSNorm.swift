public import Graph

/// Root-mean-square normalisation over the last axis (Zhang and Sennrich 2019):
/// y = weight * x / sqrt(mean(x^2) + epsilon).
///
/// Parameter, as in PyTorch: `weight` (ones).
public struct RMSNorm: Layer {
  /// Added to the mean square.
  public var epsilon: Float

  /// A layer that normalises the last axis.
  public init(epsilon: Float = 1e-6) { self.epsilon = epsilon }

  /// The name in job files.
  public var name: String { "rmsNorm" }

  /// N x ... x D -> the same shape.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard x.shape.rank >= 2 else {
      throw error("needs an input N x ... x D, is \(x.shape)", in: x.graph)
    }
    let weight = try x.graph.parameter("weight", [x.shape[x.shape.rank - 1]], .ones)
    return try x.rootMeanSquareNormalized(scale: weight, epsilon: epsilon)
  }
}
