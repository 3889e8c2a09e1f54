public import Datasets
public import Engine
import Foundation
import Graph
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
  /// The values of the metrics that were asked for.
  public let metrics: [(name: String, value: MetricValue)]
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
      "{\"loss\":\(number(loss)),\"accuracy\":\(number(accuracy)),\"samples\":\(samples)\(metricMembers)}"
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
  private let metrics: [any Metric]
  private var executors: [Int: Chunk] = [:]

  /// What computes one size of chunk.
  private struct Chunk {
    let graph: TrainingGraph
    let prediction: Tensor
    let executor: Executor
  }

  /// - Parameters:
  ///   - map: Where parameters lie in `parameters`, which must outlive the evaluator.
  ///   - metrics: What is measured beside loss and accuracy.
  ///   - chunk: Samples of one pass through the network.
  public init(
    model: Model, loss: Loss, metrics: [any Metric] = [], map: ParameterMap,
    parameters: UnsafeMutablePointer<Float>,
    on communicator: Communicator, chunk: Int = 64
  ) {
    self.model = model
    self.loss = loss
    self.metrics = metrics
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
    var accumulator = MetricAccumulator(metrics)
    let mine =
      communicator.rank * chunks / communicator.size..<(communicator.rank + 1) * chunks
      / communicator.size
    for index in mine {
      let range = index * chunk..<min(source.count, (index + 1) * chunk)
      let part = try part(range.count)
      let (graph, executor) = (part.graph, part.executor)
      try executor.load(range, from: reader)
      try executor.run()
      if !metrics.isEmpty { accumulator.add(metricChunk(part)) }
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
    let mean = total.0 / count
    return Evaluation(
      loss: mean, accuracy: source.classCount == nil ? nil : total.1 / count,
      samples: source.count,
      metrics: metrics.isEmpty
        ? [] : try accumulator.values(on: communicator, width: try width(), loss: mean))
  }

  /// Classes, or outputs of a sample.
  private func width() throws -> Int {
    // Ranks without a chunk need the number too.
    let output = try PredictionGraph(model: model, loss: loss, batchSize: 1).output.shape
    return loss.takesClasses
      ? output.dimensions.last ?? 1 : output.dimensions.dropFirst().reduce(1, *)
  }

  /// Predictions and labels of the chunk that has just been computed.
  private func metricChunk(_ part: Chunk) -> MetricChunk {
    let predictions = part.executor.value(of: part.prediction).map(Array.init) ?? []
    let labels = part.executor.input(TrainingGraph.InputName.labels)
    let shape = part.prediction.shape
    guard loss.takesClasses else {
      return MetricChunk(
        predictions: predictions, width: shape.count / max(1, shape[0]),
        labels: .numbers(labels.map { Array($0.bindMemory(to: Float.self)) } ?? []))
    }
    return MetricChunk(
      predictions: predictions, width: shape.dimensions.last ?? 1,
      labels: .classes(labels.map { Array($0.bindMemory(to: Int32.self)) } ?? []))
  }

  private func part(_ batchSize: Int) throws -> Chunk {
    if let known = executors[batchSize] { return known }
    let graph = try TrainingGraph(model: model, loss: loss, batchSize: batchSize, mode: .inference)
    let prediction = try loss.prediction(output: graph.output)
    let fetched =
      [graph.lossSum] + (graph.correct.map { [$0] } ?? []) + (metrics.isEmpty ? [] : [prediction])
    let plan = try Plan(graph.graph, fetching: fetched, parameters: map)
    let made = Chunk(
      graph: graph, prediction: prediction, executor: try Executor(plan, parameters: parameters))
    executors[batchSize] = made
    return made
  }
}

extension Evaluation {
  /// The metrics for people: numbers in a line each, matrices by rows.
  public var metricLines: [String] {
    metrics.map { metric in
      switch metric.value {
      case .number(let number): "\(metric.name) \(String(format: "%.4f", number))"
      case .matrix(let rows):
        ([metric.name] + rows.map { $0.map(String.init).joined(separator: " ") })
          .joined(separator: "\n  ")
      }
    }
  }

  /// The metrics as members of a JSON object, each with a comma before it.
  public var metricMembers: String {
    metrics.map { metric in
      switch metric.value {
      case .number(let number):
        ",\"\(metric.name)\":\(number.isFinite ? "\(number)" : "null")"
      case .matrix(let rows): ",\"\(metric.name)\":\(rows)"
      }
    }.joined()
  }
}
