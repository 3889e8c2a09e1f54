public import Graph

/// The mean over a sample's outputs of (output - label)^2; labels have the shape of the outputs.
public struct MeanSquaredError: LossFunction {
  /// The loss.
  public init() {}

  /// The name in job files.
  public var name: String { "meanSquaredError" }
  /// Numbers.
  public var takesClasses: Bool { false }

  /// The loss of each sample: N.
  public func perSample(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor {
    try meanOfSample((output - labels)(.square))
  }
}
