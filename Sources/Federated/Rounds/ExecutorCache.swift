import Engine
import Layers

/// A compiled step of one batch size, with the places of what it reports.
final class CompiledStep {
  let graph: TrainingGraph
  let executor: Executor
  let lossOffset: Int
  let correctOffset: Int?

  init(graph: TrainingGraph, executor: Executor) {
    (self.graph, self.executor) = (graph, executor)
    let results = executor.plan.results
    lossOffset = results[graph.contributions.count].offset
    correctOffset = graph.correct == nil ? nil : results[graph.contributions.count + 1].offset
  }
}

/// The compiled steps of one rank by batch size, over one array of parameters.
///
/// Clients differ in size, so their last batches do; the steps that were used last stay, others are
/// compiled again when they are wanted, which takes milliseconds.
final class ExecutorCache {
  /// Steps that stay.
  static let capacity = 12

  let map: ParameterMap
  let resultCount: Int
  private let model: Model
  private let loss: Loss
  private let descends: Bool
  private let parameters: UnsafeMutablePointer<Float>
  private let results: UnsafeMutablePointer<Float>
  /// The size used last is at the end.
  private var steps: [(size: Int, step: CompiledStep)] = []

  init(
    model: Model, loss: Loss, descends: Bool, map: ParameterMap, resultCount: Int,
    parameters: UnsafeMutablePointer<Float>, results: UnsafeMutablePointer<Float>
  ) {
    (self.model, self.loss, self.map, self.resultCount) = (model, loss, map, resultCount)
    self.descends = descends
    (self.parameters, self.results) = (parameters, results)
  }

  /// The step that was used last.
  var last: CompiledStep? { steps.last?.step }

  /// The step for `size` samples.
  func step(_ size: Int) throws -> CompiledStep {
    if let last = steps.last, last.size == size { return last.step }
    if let index = steps.firstIndex(where: { $0.size == size }) {
      let found = steps.remove(at: index)
      steps.append(found)
      return found.step
    }
    let (graph, plan) = try Self.compile(
      model: model, loss: loss, size: size, descends: descends, map: map)
    let made = CompiledStep(
      graph: graph, executor: try Executor(plan, parameters: parameters, results: results))
    if steps.count == Self.capacity { steps.removeFirst() }
    steps.append((size, made))
    return made
  }

  static func compile(
    model: Model, loss: Loss, size: Int, descends: Bool, map: ParameterMap? = nil
  ) throws -> (TrainingGraph, Plan) {
    let graph = try TrainingGraph(model: model, loss: loss, batchSize: size)
    var results = graph.contributions + [graph.lossSum]
    if let correct = graph.correct { results.append(correct) }
    return (graph, try Plan(graph.graph, results: results, parameters: map, descends: descends))
  }
}
