public import Graph

/// -log softmax(logits)[label] for outputs N x ... x classes and labels int32 N x ..., the mean over a
/// sample's labels.
///
/// With settings, the cross-entropy with the distribution of `ClassTargets`, as
/// `torch.nn.CrossEntropyLoss` with `reduction="sum"` over the number of labels: class weights and
/// ignored labels make a sample count less, they are not divided out again (as Keras's
/// `class_weight`).
public struct SoftmaxCrossEntropy: LossFunction {
  /// The share of a label that is spread over all classes (Szegedy et al. 2016).
  public var labelSmoothing: Float
  /// One weight a class; all 1 if empty.
  public var classWeights: [Float]
  /// The label whose loss is 0, for example for padding.
  public var ignoredLabel: Int32?

  /// The plain loss unless said otherwise.
  public init(
    labelSmoothing: Float = 0, classWeights: [Float] = [], ignoredLabel: Int32? = nil
  ) {
    self.labelSmoothing = labelSmoothing
    self.classWeights = classWeights
    self.ignoredLabel = ignoredLabel
  }

  /// The name in job files.
  public var name: String { "softmaxCrossEntropy" }
  /// Classes.
  public var takesClasses: Bool { true }

  /// The loss of each sample: N.
  public func perSample(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor {
    let (scores, flat) = try Loss.rows(output, labels)
    let losses: Tensor
    if self == SoftmaxCrossEntropy() {
      losses = try scores.softmaxCrossEntropy(labels: flat)
    } else {
      let targets = try flat.classTargets(
        ClassTargets(
          classes: scores.shape[1], smoothing: labelSmoothing, weights: classWeights,
          ignoredLabel: ignoredLabel))
      losses = try (scores.logSoftmax() * targets).sum([1]).scaled(by: -1)
    }
    return labels.shape.rank == 1 ? losses : try meanOfSample(losses.reshaped(to: labels.shape))
  }

  /// Probabilities.
  public func prediction(output: Tensor) throws(GraphError) -> Tensor { try output.softmax() }
}
