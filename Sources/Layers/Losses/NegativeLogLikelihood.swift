public import Graph

/// -output[label] for logarithms of probabilities N x ... x classes, as `logSoftmax` gives them, and
/// labels int32 N x ..., the mean over a sample's labels (`torch.nn.NLLLoss`; weights and ignored
/// labels as in ``SoftmaxCrossEntropy``).
public struct NegativeLogLikelihood: LossFunction {
  /// One weight a class; all 1 if empty.
  public var classWeights: [Float]
  /// The label whose loss is 0.
  public var ignoredLabel: Int32?

  /// The plain loss unless said otherwise.
  public init(classWeights: [Float] = [], ignoredLabel: Int32? = nil) {
    self.classWeights = classWeights
    self.ignoredLabel = ignoredLabel
  }

  /// The name in job files.
  public var name: String { "negativeLogLikelihood" }
  /// Classes.
  public var takesClasses: Bool { true }

  /// The loss of each sample: N.
  public func perSample(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor {
    let (scores, flat) = try Loss.rows(output, labels)
    let targets = try flat.classTargets(
      ClassTargets(
        classes: scores.shape[1], weights: classWeights, ignoredLabel: ignoredLabel))
    let losses = try (scores * targets).sum([1]).scaled(by: -1)
    return labels.shape.rank == 1 ? losses : try meanOfSample(losses.reshaped(to: labels.shape))
  }

  /// Probabilities.
  public func prediction(output: Tensor) throws(GraphError) -> Tensor { try output(.exponential) }
}
