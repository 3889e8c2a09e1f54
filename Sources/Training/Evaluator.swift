public import Datasets
public import Engine
import Foundation
public import Layers
public import MPI

/// The result of a pass over a split.
public struct Evaluation: Sendable {
  /// Mean loss of a sample.
  public let loss: Double
  /// Share of correct predictions; nil if labels are not classes.
  public let accuracy: Double?
  /// Number of samples.
  public let samples: Int
}

extension Evaluation: CustomStringConvertible {
  /// The figures for people: `loss 0.0314  accuracy 0.9889`.
  public var description: String {
    let text = "loss \(Console.short(loss))"
    return accuracy.map { text + String(format: "  accuracy %.4f", $0) } ?? text
  }

  /// The figures as one JSON object.
  public var json: String {
    func number(_ value: Double?) -> String {
      value.flatMap { $0.isFinite ? "\($0)" : nil } ?? "null"
    }
    return
      "{\"loss\":\(number(loss)),\"accuracy\":\(number(accuracy)),\"samples\":\(samples)}"
  }
}

/// Measures loss and accuracy over a split; the numbers do not depend on the number of ranks.
public final class Evaluator {
  // Note [Evaluation order]
  // The split is cut into fixed chunks, each computed by one rank; their sums meet as an array of
  // chunks, to which every rank adds zeros but for its own, and are added in order at the end.
  private let model: Model
  private let loss: Loss
  private let communicator: Communicator
  private let map: ParameterMap
  private let parameters: UnsafeMutablePointer<Float>
  private let chunk: Int
  private var executors: [Int: (graph: TrainingGraph, executor: Executor)] = [:]

  /// - Parameters:
  ///   - map: Where parameters lie in `parameters`, which must outlive the evaluator.
  ///   - chunk: Samples of one pass through the network.
  public init(
    model: Model, loss: Loss, map: ParameterMap, parameters: UnsafeMutablePointer<Float>,
    on communicator: Communicator, chunk: Int = 64
  ) {
    self.model = model
    self.loss = loss
    self.map = map
    self.parameters = parameters
    self.communicator = communicator
    self.chunk = chunk
  }

  /// Evaluates all samples of `source`. Collective, blocking.
  public func evaluate(_ source: any SampleSource) throws -> Evaluation {
    let chunks = (source.count + chunk - 1) / chunk
    var sums = [Double](repeating: 0, count: 2 * chunks)
    let reader = BatchReader(source: source, capacity: chunk)
    let mine =
      communicator.rank * chunks / communicator.size..<(communicator.rank + 1) * chunks
      / communicator.size
    for index in mine {
      let range = index * chunk..<min(source.count, (index + 1) * chunk)
      let (graph, executor) = try executor(range.count)
      try executor.load(range, from: reader)
      try executor.run()
      sums[2 * index] = Double(executor.value(of: graph.lossSum)?.first ?? .nan)
      if let correct = graph.correct {
        sums[2 * index + 1] = Double(executor.value(of: correct)?.first ?? .nan)
      }
    }
    try communicator.allReduce(&sums, .sum)
    let total = stride(from: 0, to: sums.count, by: 2).reduce((0.0, 0.0)) {
      ($0.0 + sums[$1], $0.1 + sums[$1 + 1])
    }
    let count = Double(max(1, source.count))
    return Evaluation(
      loss: total.0 / count, accuracy: source.classCount == nil ? nil : total.1 / count,
      samples: source.count)
  }

  private func executor(
    _ batchSize: Int
  ) throws -> (graph: TrainingGraph, executor: Executor) {
    if let known = executors[batchSize] { return known }
    let graph = try TrainingGraph(model: model, loss: loss, batchSize: batchSize, mode: .inference)
    let fetched = [graph.lossSum] + (graph.correct.map { [$0] } ?? [])
    let plan = try Plan(graph.graph, fetching: fetched, parameters: map)
    let made = (graph, try Executor(plan, parameters: parameters))
    executors[batchSize] = made
    return made
  }
}
