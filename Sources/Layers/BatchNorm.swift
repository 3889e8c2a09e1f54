public import Graph

/// Batch normalisation of each channel, axis 1 (Ioffe and Szegedy 2015).
///
/// While training: y = weight * (x - mean) / sqrt(variance + epsilon) + bias, with the mean and the
/// biased variance of this (micro-)batch, or of the batches of all ranks, over all axes but the
/// channel's. Otherwise: with the running averages.
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
  /// Whether mean and variance are those of all ranks' batches (`torch.nn.SyncBatchNorm`). Each rank
  /// then has one micro-batch a step.
  public var isSynchronized: Bool

  /// A layer that normalises channels.
  public init(momentum: Float = 0.9, epsilon: Float = 1e-5, isSynchronized: Bool = false) {
    self.momentum = momentum
    self.epsilon = epsilon
    self.isSynchronized = isSynchronized
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
    if isSynchronized {
      let (mean, variance, unbiased) = try commonStatistics(of: x)
      graph.update(runningMean, with: mean, momentum: momentum)
      graph.update(runningVariance, with: unbiased, momentum: momentum)
      return try x.batchNormalized(
        scale: weight, offset: bias, mean: mean, variance: variance, epsilon: epsilon)
    }
    let (y, mean, variance) = try x.batchNormalized(scale: weight, offset: bias, epsilon: epsilon)
    // n values a channel; a single one has no unbiased variance, and its biased one is 0.
    let n = x.shape.count / max(1, x.shape[1])
    graph.update(runningMean, with: mean, momentum: momentum)
    graph.update(
      runningVariance, with: variance, momentum: momentum, factor: Float(n) / Float(max(1, n - 1)))
    return y
  }

  // Note [Batch norm over ranks]
  // Two sums over ranks, so that the deviations are taken from the common mean:
  //
  //     | sums of x, C | values a channel | ─► ranks ─► mean      | sums of (x - mean)^2 | ─► ranks ─► variance
  //
  // The gradient needs no rule of its own: that of a sum over ranks is the sum over ranks of the
  // gradients, so that what each rank's loss owes to the statistics of all comes together.

  /// Mean, biased and unbiased variance of each channel over the batches of all ranks.
  private func commonStatistics(
    of x: Tensor
  ) throws(GraphError) -> (mean: Tensor, variance: Tensor, unbiased: Tensor) {
    let graph = x.graph
    let (channels, others) = (x.shape[1], (0..<x.shape.rank).filter { $0 != 1 })
    let own = graph.constant(Float(x.shape.count / max(1, channels)), [1])
    let total = try Tensor.concatenated([x.sum(others), own], axis: 0).summedOverRanks()
    let count = try total.sliced(axis: 0, channels..<channels + 1)
    let mean = try total.sliced(axis: 0, 0..<channels) / count
    let deviations = try x.addingBias(mean.scaled(by: -1), axis: 1)
    let squares = try deviations(.square).sum(others).summedOverRanks()
    // A single value has no unbiased variance, and its biased one is 0.
    let one = graph.constant(1, [1])
    let freedom = try (count - one)(.relu)
    let alone = try (graph.constant(2, [1]) - count)(.relu)
    return (mean, try squares / count, try squares / (freedom + alone))
  }
}
