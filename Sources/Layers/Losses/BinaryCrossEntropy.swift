public import Graph

/// The mean over a sample's outputs of -y log s(x) - (1 - y) log(1 - s(x)), s the sigmoid, for logits x
/// and labels y in [0, 1] of one shape (`torch.nn.BCEWithLogitsLoss`).
///
/// Computed as softplus(x) - x y, in which nothing overflows.
public struct BinaryCrossEntropy: LossFunction {
  /// The loss.
  public init() {}

  /// The name in job files.
  public var name: String { "binaryCrossEntropy" }
  /// Numbers.
  public var takesClasses: Bool { false }

  /// The loss of each sample: N.
  public func perSample(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor {
    try meanOfSample(output(.softplus) - output * labels)
  }

  /// Probabilities.
  public func prediction(output: Tensor) throws(GraphError) -> Tensor { try output(.sigmoid) }
}
