public import Graph

/// What training minimises, whichever it is. A loss gives one number a sample; how samples are weighted
/// is decided by whoever sums them.
public struct Loss: Hashable, Sendable {
  /// The loss itself.
  public var function: any LossFunction

  /// The given loss.
  public init(_ function: any LossFunction) { self.function = function }

  /// ``SoftmaxCrossEntropy`` without settings.
  public static var softmaxCrossEntropy: Loss { Loss(SoftmaxCrossEntropy()) }
  /// ``MeanSquaredError``.
  public static var meanSquaredError: Loss { Loss(MeanSquaredError()) }

  /// The name in job files.
  public var name: String { function.name }

  /// Whether labels are classes.
  public var takesClasses: Bool { function.takesClasses }

  /// The type of the labels of a batch whose model output has shape `output`, batch included.
  public func labelsType(output: Shape) throws(GraphError) -> TensorType {
    guard output.rank > 0 else { throw GraphError(name, "outputs have no batch axis") }
    guard takesClasses else { return TensorType(output) }
    // More axes are more likely a forgotten `flatten` than a sample with labels on a grid.
    guard (2...3).contains(output.rank) else {
      throw GraphError(
        name, "outputs must be N x classes or N x steps x classes, are \(output)")
    }
    return TensorType(Shape(output.dimensions.dropLast()), .int32)
  }

  /// The loss of each sample: N.
  public func perSample(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor {
    let wanted = try labelsType(output: output.shape)
    guard labels.type == wanted else {
      throw GraphError(
        name, "outputs \(output.shape) want labels \(wanted), given \(labels.type)",
        scope: output.graph.scope)
    }
    return try function.perSample(output: output, labels: labels)
  }

  /// The number of samples of the batch whose largest output is the label's, a scalar; nil if labels
  /// are not classes. Where a sample has several labels, each counts as its share of the sample.
  public func correctCount(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor? {
    guard takesClasses else { return nil }
    let (scores, flat) = try Self.rows(output, labels)
    let count = try scores.correctPredictions(labels: flat).sum()
    return try count.scaled(by: Float(output.shape[0]) / Float(max(1, flat.shape[0])))
  }

  /// What a user wants to see of an output: probabilities for classes, the output itself otherwise.
  public func prediction(output: Tensor) throws(GraphError) -> Tensor {
    try function.prediction(output: output)
  }

  /// Scores and labels with all axes but that of the classes as one.
  static func rows(
    _ output: Tensor, _ labels: Tensor
  ) throws(GraphError) -> (scores: Tensor, labels: Tensor) {
    let classes = output.shape[output.shape.rank - 1]
    let rows = output.shape.count / max(1, classes)
    return (try output.reshaped(to: [rows, classes]), try labels.reshaped(to: [rows]))
  }

  /// Whether both are the same loss with the same settings.
  public static func == (a: Loss, b: Loss) -> Bool { a.function.isEqual(to: b.function) }

  /// Feeds the loss to `hasher`.
  public func hash(into hasher: inout Hasher) { function.hash(into: &hasher) }
}
