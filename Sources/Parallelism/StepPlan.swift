public import Engine
public import Layers

/// The compiled training step of one micro-batch size.
public final class StepPlan {
  /// The graph and its inputs.
  public let graph: TrainingGraph
  /// The compiled graph; its results are the contributions, then the loss, then the count of correct
  /// predictions if labels are classes.
  public let plan: Plan

  /// Compiles the step of `batchSize` samples.
  ///
  /// - Parameters:
  ///   - parameters: The map of another size's plan, so that both share the memory.
  ///   - arithmetic: In which numbers products take their operands.
  ///   - descends: Whether a run may change parameters itself.
  /// - Throws: `GraphError` or `EngineError`.
  public init(
    model: Model, loss: Loss, batchSize: Int, parameters: ParameterMap? = nil,
    arithmetic: Arithmetic = .float32, descends: Bool = false
  ) throws {
    let graph = try TrainingGraph(model: model, loss: loss, batchSize: batchSize)
    self.graph = graph
    var results = graph.contributions + [graph.lossSum]
    if let correct = graph.correct { results.append(correct) }
    plan = try Plan(
      graph.graph, results: results, parameters: parameters, descends: descends,
      arithmetic: arithmetic)
  }

  /// Place of the summed loss in the results.
  var lossOffset: Int { plan.results[graph.contributions.count].offset }

  /// Place of the count of correct predictions, nil if labels are not classes.
  var correctOffset: Int? {
    graph.correct == nil ? nil : plan.results[graph.contributions.count + 1].offset
  }
}
