public import Graph

/// What training minimises. A loss gives one number a sample; how samples are weighted is decided by
/// whoever sums them.
public enum Loss: String, Hashable, Sendable, CaseIterable {
  /// -log softmax(logits)[label] for outputs N x classes and labels int32 N.
  case softmaxCrossEntropy
  /// The mean over a sample's outputs of (output - label)^2; labels have the shape of the outputs.
  case meanSquaredError

  /// The type of the labels of a batch whose model output has shape `output`, batch included.
  public func labelsType(output: Shape) throws(GraphError) -> TensorType {
    guard output.rank > 0 else { throw GraphError(rawValue, "outputs have no batch axis") }
    switch self {
    case .softmaxCrossEntropy: return TensorType([output[0]], .int32)
    case .meanSquaredError: return TensorType(output)
    }
  }

  /// The loss of each sample: N.
  public func perSample(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor {
    switch self {
    case .softmaxCrossEntropy: return try output.softmaxCrossEntropy(labels: labels)
    case .meanSquaredError:
      guard output.shape == labels.shape else {
        throw GraphError(
          rawValue, "outputs \(output.shape) and labels \(labels.shape) differ",
          scope: output.graph.scope)
      }
      let squares = try (output - labels)(.square).flattened()
      return try squares.mean([1])
    }
  }

  /// The number of samples of the batch whose largest output is the label's, a scalar; nil if labels
  /// are not classes.
  public func correctCount(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor? {
    switch self {
    case .softmaxCrossEntropy: return try output.correctPredictions(labels: labels).sum()
    case .meanSquaredError: return nil
    }
  }

  /// What a user wants to see of an output: probabilities for classes, the output itself otherwise.
  public func prediction(output: Tensor) throws(GraphError) -> Tensor {
    switch self {
    case .softmaxCrossEntropy: return try output.softmax()
    case .meanSquaredError: return output
    }
  }
}
