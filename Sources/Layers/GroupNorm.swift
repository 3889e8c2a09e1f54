public import Graph

/// Normalisation of each sample over groups of neighbouring channels (Wu and He 2018); with as many
/// groups as channels, instance normalisation. Training and inference are the same.
///
/// Parameters, as in PyTorch: `weight` (ones), `bias` (zeros), one a channel.
public struct GroupNorm: Layer {
  /// The number of groups.
  public var groups: Int
  /// Added to the variance.
  public var epsilon: Float

  /// A layer that normalises `groups` groups of channels.
  public init(groups: Int, epsilon: Float = 1e-5) {
    self.groups = groups
    self.epsilon = epsilon
  }

  /// The name in job files.
  public var name: String { "groupNorm" }

  /// N x C x ... -> the same shape.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard x.shape.rank >= 2 else {
      throw error("needs an input N x C x ..., is \(x.shape)", in: x.graph)
    }
    guard groups > 0, x.shape[1] % groups == 0 else {
      throw error(
        "\(x.shape[1]) channels of \(x.shape) do not divide into \(groups) groups", in: x.graph)
    }
    let channels: Shape = [x.shape[1]]
    let weight = try x.graph.parameter("weight", channels, .ones)
    let bias = try x.graph.parameter("bias", channels, .zeros)
    return try x.groupNormalized(scale: weight, offset: bias, groups: groups, epsilon: epsilon)
  }
}
