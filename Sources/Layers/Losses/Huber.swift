public import Graph

/// The mean over a sample's outputs of d^2 / 2 where |d| <= delta and delta (|d| - delta / 2) beyond,
/// d = output - label (Huber 1964; `torch.nn.HuberLoss`).
///
/// With r = relu(|d| - delta), the part beyond: (|d| - r)^2 / 2 + delta r.
public struct Huber: LossFunction {
  /// Where the square becomes a line.
  public var delta: Float

  /// A loss that is a line beyond `delta`.
  public init(delta: Float = 1) { self.delta = delta }

  /// The name in job files.
  public var name: String { "huber" }
  /// Numbers.
  public var takesClasses: Bool { false }

  /// The loss of each sample: N.
  public func perSample(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor {
    let distance = try (output - labels)(.absolute)
    let beyond = try (distance - output.graph.constant(delta))(.relu)
    let near = try (distance - beyond)(.square).scaled(by: 0.5)
    return try meanOfSample(near + beyond.scaled(by: delta))
  }
}
