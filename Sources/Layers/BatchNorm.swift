public import Graph

/// Batch normalisation of each channel, axis 1 (Ioffe and Szegedy 2015).
///
/// While training: y = weight * (x - mean) / sqrt(variance + epsilon) + bias, with the mean and the
/// biased variance of this (micro-)batch over all axes but the channel's. Otherwise: with the
/// running averages.
///
/// Parameters: `weight` (ones), `bias` (zeros). Buffers: `running_mean` (zeros), `running_var`
/// (ones), which average the mean and the unbiased variance. Names and the choice of variances are
/// PyTorch's.
public struct BatchNorm: Layer {
  /// The weight of the past in the running averages: running = momentum * running + (1 - momentum)
  /// * batch. This is Keras's convention; PyTorch's `momentum` is 1 minus it, so that the default 0.9
  /// is PyTorch's default 0.1.
  public var momentum: Float
  /// Added to the variance.
  public var epsilon: Float

  /// A layer that normalises channels.
  public init(momentum: Float = 0.9, epsilon: Float = 1e-5) {
    self.momentum = momentum
    self.epsilon = epsilon
  }

  /// The name in job files.
  public var name: String { "batchNorm" }

  /// N x C x ... -> the same shape.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    let graph = x.graph
    guard x.shape.rank >= 2 else {
      throw error("needs an input N x C x ..., is \(x.shape)", in: graph)
    }
    let channels: Shape = [x.shape[1]]
    let weight = try graph.parameter("weight", channels, .ones)
    let bias = try graph.parameter("bias", channels, .zeros)
    let runningMean = try graph.parameter("running_mean", channels, .zeros, isTrained: false)
    let runningVariance = try graph.parameter("running_var", channels, .ones, isTrained: false)
    guard graph.mode == .training else {
      return try x.batchNormalized(
        scale: weight, offset: bias, mean: runningMean, variance: runningVariance,
        epsilon: epsilon)
    }
    let (y, mean, variance) = try x.batchNormalized(scale: weight, offset: bias, epsilon: epsilon)
    // n values a channel; a single one has no unbiased variance, and its biased one is 0.
    let n = x.shape.count / max(1, x.shape[1])
    graph.update(runningMean, with: mean, momentum: momentum)
    graph.update(
      runningVariance, with: variance, momentum: momentum, factor: Float(n) / Float(max(1, n - 1)))
    return y
  }
}
