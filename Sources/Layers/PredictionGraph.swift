public import Graph

/// The graph of a batch without labels, in inference mode.
public struct PredictionGraph {
  /// The graph with all nodes.
  public let graph: TensorGraph
  /// Input ``TrainingGraph/InputName/features``, N x the model's input shape.
  public let features: Tensor
  /// The model's result, N x ...
  public let output: Tensor
  /// The output as the loss understands it: probabilities for classes.
  public let prediction: Tensor

  /// Builds the graph of `batchSize` samples.
  ///
  /// - Throws: `GraphError` naming the layer and the shapes that do not fit.
  public init(model: Model, loss: Loss, batchSize: Int) throws(GraphError) {
    graph = TensorGraph(mode: .inference)
    var context = BuildContext(graph: graph, batchSize: batchSize)
    features = graph.input(TrainingGraph.InputName.features, model.batchType(batchSize))
    output = try model.logits(features, &context)
    prediction = try loss.prediction(output: output)
  }
}
