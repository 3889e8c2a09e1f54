public import Graph

/// The graph of one micro-batch: forward, loss, metrics and, in training mode, the gradients.
///
///     features ─ layers ─ output ─ loss ─ Σ ─ lossSum              Σ over micro-batches and ranks
///                            │      │
///                          labels   └─ backward, seeded with sampleWeight ─ contributions ─ Σ
///
/// A global batch of G samples is cut into micro-batches of any sizes. Each is fed with
/// `sampleWeight` = 1 / G; then the plain sums of ``lossSum``, ``correct`` and ``contributions``
/// over all micro-batches of all ranks are: the summed loss, the count of correct predictions, the
/// gradient of the mean loss, and the sample-weighted means of the batch statistics. A shorter last
/// micro-batch needs its own graph but no other treatment.
public struct TrainingGraph {
  /// Names of the graph's inputs, beside ``BuildContext/randomKeysName``.
  public enum InputName {
    /// float32, or int32 for token ids; N x the model's input shape.
    public static let features = "features"
    /// int32 N for classes, float32 in the shape of the output otherwise.
    public static let labels = "labels"
    /// float32 scalar, 1 / samples of the global batch; in training mode only.
    public static let sampleWeight = "sampleWeight"
  }

  /// The change of a buffer after a step: buffer = momentum * buffer + (1 - momentum) * the sum of its
  /// contributions.
  public struct BufferUpdate: Hashable, Sendable {
    /// Index of the buffer in `graph.parameters` and in ``TrainingGraph/contributions``.
    public let parameter: Int
    /// The weight of the past.
    public let momentum: Float
  }

  /// The graph with all nodes.
  public let graph: TensorGraph
  /// N, the samples of the micro-batch.
  public let batchSize: Int
  /// Input ``InputName/features``.
  public let features: Tensor
  /// Input ``InputName/labels``.
  public let labels: Tensor
  /// Input ``InputName/sampleWeight``; nil in inference mode.
  public let sampleWeight: Tensor?
  /// Input ``BuildContext/randomKeysName``, int32 N x 2; nil if no layer draws.
  public let randomKeys: Tensor?
  /// The model's result, N x ...: logits for classes.
  public let output: Tensor
  /// The sum of the samples' losses, not weighted, a scalar.
  public let lossSum: Tensor
  /// The count of correct predictions as a float32 scalar; nil if labels are not classes.
  public let correct: Tensor?
  /// What is summed over micro-batches and ranks, one for each of `graph.parameters`, in their order
  /// and shapes: the weighted gradient of a trained parameter; for a buffer its batch statistic times
  /// N * sampleWeight, the correction factor of its `RunningAverage` included. Empty in inference
  /// mode.
  public let contributions: [Tensor]
  /// How buffers change after a step. Supersedes `graph.updates`, whose factors are in the
  /// contributions: they depend on the size of the micro-batch.
  public let bufferUpdates: [BufferUpdate]

  /// Builds the graph of a micro-batch of `batchSize` samples.
  ///
  /// - Throws: `GraphError` naming the layer (`layers.3`) and the shapes that do not fit.
  public init(
    model: Model, loss: Loss, batchSize: Int, mode: TensorGraph.Mode = .training
  ) throws(GraphError) {
    guard batchSize > 0 else {
      throw GraphError("training graph", "the batch size must be positive, is \(batchSize)")
    }
    let graph = TensorGraph(mode: mode)
    self.graph = graph
    self.batchSize = batchSize
    var context = BuildContext(graph: graph, batchSize: batchSize)
    features = graph.input(InputName.features, model.batchType(batchSize))
    output = try model.logits(features, &context)
    labels = graph.input(InputName.labels, try loss.labelsType(output: output.shape))
    lossSum = try loss.perSample(output: output, labels: labels).sum()
    correct = try loss.correctCount(output: output, labels: labels)
    randomKeys = context.randomKeys
    guard mode == .training else {
      (sampleWeight, contributions, bufferUpdates) = (nil, [], [])
      return
    }
    let sampleWeight = graph.input(InputName.sampleWeight, TensorType([]))
    self.sampleWeight = sampleWeight
    bufferUpdates = try Self.bufferUpdates(of: graph)
    contributions = try Self.contributions(
      of: graph, lossSum: lossSum, sampleWeight: sampleWeight, batchSize: batchSize)
  }

  private static func contributions(
    of graph: TensorGraph, lossSum: Tensor, sampleWeight: Tensor, batchSize: Int
  ) throws(GraphError) -> [Tensor] {
    var contributions: [TensorGraph.Value: Tensor] = [:]
    // Before the backward pass, so that the statistics are final when its first gradient is.
    for update in graph.updates {
      let share = try sampleWeight.scaled(by: update.factor * Float(batchSize))
      contributions[update.buffer] = try graph.tensor(update.statistic) * share
    }
    let trained = graph.parameters.filter(\.isTrained)
    let gradients = try graph.gradients(
      of: lossSum, withRespectTo: trained.map { graph.tensor($0.value) }, seed: sampleWeight)
    for (parameter, gradient) in zip(trained, gradients) {
      contributions[parameter.value] = gradient
    }
    return graph.parameters.map { contributions[$0.value] ?? graph.constant(0, $0.shape) }
  }

  private static func bufferUpdates(of graph: TensorGraph) throws(GraphError) -> [BufferUpdate] {
    var updates: [BufferUpdate] = []
    for update in graph.updates {
      guard let index = graph.parameters.firstIndex(where: { $0.value == update.buffer }),
        !updates.contains(where: { $0.parameter == index })
      else {
        throw GraphError(
          "training graph",
          "a running average must belong to one buffer: a layer with running averages cannot be shared"
        )
      }
      updates.append(BufferUpdate(parameter: index, momentum: update.momentum))
    }
    return updates
  }
}
