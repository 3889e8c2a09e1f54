public import Graph

/// The mean over a sample's outputs of |output - label| (`torch.nn.L1Loss`).
public struct MeanAbsoluteError: LossFunction {
  /// The loss.
  public init() {}

  /// The name in job files.
  public var name: String { "meanAbsoluteError" }
  /// Numbers.
  public var takesClasses: Bool { false }

  /// The loss of each sample: N.
  public func perSample(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor {
    try meanOfSample((output - labels)(.absolute))
  }
}
