public import Graph

/// The mean over a sample's outputs of max(0, 1 - label * output) for labels -1 and 1 (Keras's
/// `Hinge`, which also takes 0 for -1; here labels are as they are).
public struct Hinge: LossFunction {
  /// The loss.
  public init() {}

  /// The name in job files.
  public var name: String { "hinge" }
  /// Numbers.
  public var takesClasses: Bool { false }

  /// The loss of each sample: N.
  public func perSample(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor {
    try meanOfSample((output.graph.constant(1) - output * labels)(.relu))
  }
}
