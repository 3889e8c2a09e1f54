public import Datasets
public import Engine
import Foundation
public import Layers
import MPI

/// How a model does on the data of each client.
public struct ClientScores: Sendable {
  /// The clients that were measured.
  public let clients: [Int]
  /// Mean loss of each.
  public let losses: [Double]
  /// Share of correct predictions of each; empty if labels are not classes.
  public let accuracies: [Double]

  /// The mean over clients, whatever their sizes.
  public var meanAccuracy: Double? { mean(accuracies) }
  /// The mean of the worst tenth of clients, at least one.
  public var worstTenthAccuracy: Double? {
    mean(Array(accuracies.sorted().prefix(max(1, accuracies.count / 10))))
  }
  /// The standard deviation over clients: 0 is perfectly fair.
  public var accuracyDeviation: Double? {
    meanAccuracy.map { mean in
      (accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(accuracies.count))
        .squareRoot()
    }
  }
  /// The mean over clients of their mean losses.
  public var meanLoss: Double { mean(losses) ?? 0 }

  private func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}

/// Measures parameters on the samples of single clients.
public final class ClientEvaluator {
  /// Samples that go through the network at once.
  private static let piece = 64

  private let source: any SampleSource
  private let model: Model
  private let loss: Loss
  private let map: ParameterMap
  private let parameters: UnsafeMutablePointer<Float>
  private let loader: SampleLoader
  private var steps: [Int: (graph: TrainingGraph, executor: Executor)] = [:]

  /// - Parameter parameters: Where the parameters lie when ``measure(_:)`` is called.
  public init(
    model: Model, loss: Loss, source: any SampleSource, map: ParameterMap,
    parameters: UnsafeMutablePointer<Float>
  ) {
    (self.model, self.loss, self.source) = (model, loss, source)
    (self.map, self.parameters) = (map, parameters)
    loader = SampleLoader(source, capacity: Self.piece)
  }

  /// The sum of losses and the count of correct predictions over `samples`. Local, blocking.
  public func measure(_ samples: [Int]) throws -> (loss: Double, correct: Double) {
    var sums = (loss: 0.0, correct: 0.0)
    var start = 0
    while start < samples.count {
      // Whole pieces, then powers of two: a handful of compiled steps serves all clients.
      let left = samples.count - start
      let count =
        left >= Self.piece ? Self.piece : 1 << (Int.bitWidth - 1 - left.leadingZeroBitCount)
      let step = try step(count)
      try loader.load(count, into: step.executor, seed: 0, epoch: 0) { samples[start + $0] }
      try step.executor.run()
      sums.loss += Double(step.executor.value(of: step.graph.lossSum)?.first ?? .nan)
      if let correct = step.graph.correct {
        sums.correct += Double(step.executor.value(of: correct)?.first ?? .nan)
      }
      start += count
    }
    return sums
  }

  private func step(_ size: Int) throws -> (graph: TrainingGraph, executor: Executor) {
    if let known = steps[size] { return known }
    let graph = try TrainingGraph(model: model, loss: loss, batchSize: size, mode: .inference)
    let plan = try Plan(
      graph.graph, fetching: [graph.lossSum] + (graph.correct.map { [$0] } ?? []),
      parameters: map)
    let made = (graph, try Executor(plan, parameters: parameters))
    steps[size] = made
    return made
  }
}

extension Simulation {
  /// Measures the global parameters, with each client's personal ones in their places, on the samples
  /// of the given clients; those without samples, or with one that is not finite, are left out.
  /// Collective, blocking.
  ///
  /// - Parameters:
  ///   - tuning: Training of the model on each client's own samples before it is measured on them; nil:
  ///     none. The global parameters stay as they are.
  ///   - samples: The samples of a client that count.
  public func scores(
    of measured: [Client], in source: any SampleSource, tuning: FineTuning? = nil,
    samples: (Client) -> [Int]
  ) throws -> ClientScores {
    let training = federation.training
    let evaluator = ClientEvaluator(
      model: training.model, loss: training.loss, source: source, map: state.map,
      parameters: trainer.local.base)
    let isBound = !personal.isEmpty || silos != nil || federation.gossip != nil
    let chosen = measured.map(\.id)
    let schedule = CohortSchedule(
      chosen, costs: measured.map { samples($0).count }, ranks: communicator.size,
      home: isBound ? { self.home(of: $0) } : nil)
    let places = Dictionary(uniqueKeysWithValues: chosen.enumerated().map { ($1, $0) })
    // Every client is one rank's: all others add zeros.
    var sums = [Double](repeating: 0, count: 3 * chosen.count)
    for id in schedule.ranks[communicator.rank] {
      guard let place = places[id] else { continue }
      let mine = samples(measured[place])
      let model = federation.gossip == nil ? state.global : ownModel(of: id)
      trainer.local.base.update(from: model.base, count: state.map.count)
      if let kept = state.clients.existing(PersonalPart.name, of: id) {
        personal.restore(kept, into: trainer.local.base)
      }
      if let tuning { try tune(id, tuning) }
      do {
        let result = try evaluator.measure(mine)
        (sums[3 * place], sums[3 * place + 1]) = (result.loss, result.correct)
        sums[3 * place + 2] = Double(mine.count)
      } catch let error as DatasetError {
        // A client whose data cannot be trained on cannot be measured on it either.
        guard case .notFinite = error else { throw error }
      }
    }
    try communicator.allReduce(&sums, .sum)
    let filled = chosen.indices.filter { sums[3 * $0 + 2] > 0 }
    return ClientScores(
      clients: filled.map { chosen[$0] },
      losses: filled.map { sums[3 * $0] / sums[3 * $0 + 2] },
      accuracies: source.classCount == nil
        ? [] : filled.map { sums[3 * $0 + 1] / sums[3 * $0 + 2] })
  }

  /// Trains the parameters that lie in ``LocalTrainer/local`` on a client's samples. Local, blocking.
  private func tune(_ id: Int, _ tuning: FineTuning) throws {
    guard !clients[id].samples.isEmpty else { return }
    // One rank of a silo measures: it trains by itself.
    let team = trainer.team
    trainer.team = nil
    defer { trainer.team = team }
    let anchor = FloatMemory(count: state.map.count)
    anchor.base.update(from: trainer.local.base, count: anchor.count)
    do {
      _ = try trainer.train(
        clients[id], anchor: anchor, correction: GradientCorrection(), rate: tuning.rate,
        round: tuning.round, seed: federation.seed, epochs: tuning.epochs)
    } catch let error as DatasetError {
      // A client that cannot train is measured as it is.
      guard case .notFinite = error else { throw error }
      trainer.local.base.update(from: anchor.base, count: anchor.count)
    }
  }
}

/// Personalisation by training: what a client does with the global model before it uses it.
public struct FineTuning: Hashable, Sendable {
  /// Passes over the client's samples.
  public var epochs: Int
  /// The learning rate.
  public var rate: Double
  /// The round, by which samples are shuffled.
  public var round: Int

  /// See the properties.
  public init(epochs: Int, rate: Double, round: Int) {
    (self.epochs, self.rate, self.round) = (epochs, rate, round)
  }
}
