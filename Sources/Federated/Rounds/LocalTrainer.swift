import CKernels
public import Datasets
public import Engine
public import Layers
public import Optimizers
import Randomness

/// What a client does between two messages.
public struct LocalTraining: Sendable {
  /// The network.
  public var model: Model
  /// What is minimised.
  public var loss: Loss
  /// How gradients change parameters; its state begins anew with every client and round.
  public var policy: UpdatePolicy
  /// Samples of a step; nil: all of a client's.
  public var batch: Int?
  /// Passes over a client's samples.
  public var epochs: Int
  /// Clipping and noise of each step; nil: none.
  public var privateSteps: PrivateSteps?

  /// See the properties.
  public init(
    model: Model, loss: Loss, policy: UpdatePolicy, batch: Int?, epochs: Int,
    privateSteps: PrivateSteps? = nil
  ) {
    (self.model, self.loss, self.policy) = (model, loss, policy)
    (self.batch, self.epochs, self.privateSteps) = (batch, epochs, privateSteps)
  }
}

/// What a client's training was like.
public struct LocalResult: Sendable {
  /// Updates of the parameters.
  public var steps = 0
  /// Samples, counted once an epoch.
  public var samples = 0
  /// Sum of the samples' losses, as they were when each was trained on.
  public var lossSum = 0.0
  /// Sum of correct predictions, likewise.
  public var correct = 0.0
}

/// What an algorithm adds to every gradient: pull * (parameters - global) + linear.
struct GradientCorrection {
  var pull: Float = 0
  var linear: UnsafePointer<Float>?
  var isNeeded: Bool { pull != 0 || linear != nil }
}

/// Trains one client after the other in the same memory: one set of compiled steps, one copy of the
/// parameters. A step allocates nothing once its batch size has been seen.
public final class LocalTrainer {
  /// Samples that go through the network at once; larger batches are cut.
  static let largestPiece = 64

  /// What clients do.
  public let training: LocalTraining
  /// Where parameters lie.
  public let map: ParameterMap
  /// The client's parameters; after ``subtract(_:)`` its update.
  public let local: FloatMemory
  let loader: SampleLoader
  let cache: ExecutorCache
  let results: FloatMemory
  let policyUpdate: ParameterUpdate
  /// The rule by which runs update parameters themselves; nil if they do not.
  private let descent: SGD?
  private var piece: FloatMemory?
  private let optimizerState: [FloatMemory]
  private var optimizerSlots = Slots()
  /// The other ranks of the silo that trains; nil: this rank trains by itself.
  var team: SiloTeam?
  private(set) lazy var privateWork = PrivateStepMemory(map)

  /// Compiles a step. Local.
  ///
  /// - Parameter needsGradients: Whether something is done with gradients before they change
  ///   parameters; else those of a small batch may do so at once (`Plan.descended`).
  /// - Throws: `GraphError` or `EngineError` if the model cannot be built.
  public init(
    _ training: LocalTraining, source: any SampleSource, needsGradients: Bool = true
  ) throws {
    KernelThreads.useOne()
    self.training = training
    let size = min(training.batch ?? Self.largestPiece, Self.largestPiece)
    // A batch in pieces has its gradient when the last piece does.
    descent =
      needsGradients || training.privateSteps != nil || training.batch != size
      ? nil : training.policy.plainDescent
    let (_, plan) = try ExecutorCache.compile(
      model: training.model, loss: training.loss, size: size, descends: descent != nil)
    map = plan.parameters
    local = FloatMemory(count: map.count)
    results = FloatMemory(count: plan.resultCount)
    cache = ExecutorCache(
      model: training.model, loss: training.loss, descends: descent != nil, map: map,
      resultCount: plan.resultCount, parameters: local.base, results: results.base)
    loader = SampleLoader(source, capacity: Self.largestPiece)
    policyUpdate = ParameterUpdate(
      training.policy,
      places: map.entries.filter(\.isTrained).map {
        ParameterPlace(
          path: $0.path, axisCount: $0.shape.rank, range: $0.offset..<$0.offset + $0.storedCount)
      }, count: map.trainedCount)
    let count = map.trainedCount
    optimizerState = training.policy.slotNames.map { _ in FloatMemory(count: count) }
    for state in optimizerState { optimizerSlots.append(state.buffer) }
  }

  /// Trains a client from the parameters that lie in ``local``. Local, blocking.
  ///
  /// - Parameters:
  ///   - anchor: The global parameters.
  ///   - rate: The learning rate of this round.
  ///   - epochs: Passes, if others than usual.
  /// - Throws: `DatasetError` naming file and sample.
  func train(
    _ client: Client, anchor: FloatMemory, correction: GradientCorrection, rate: Double,
    round: Int, seed: UInt64, epochs: Int? = nil
  ) throws -> LocalResult {
    for state in optimizerState { state.base.update(repeating: 0, count: state.count) }
    let seed = Self.seed(of: client.id, seed)
    var result = LocalResult()
    let count = client.samples.count
    for epoch in 0..<(epochs ?? training.epochs) {
      let number = round * training.epochs + epoch
      let order = SamplePermutation(count: count, seed: seed, epoch: number)
      let batch = max(1, min(training.batch ?? count, count))
      // Samples of a private step are drawn by themselves, so there is no last, shorter batch.
      let end = training.privateSteps == nil ? count : count / batch * batch
      for start in stride(from: 0, to: end, by: batch) {
        if let privateSteps = training.privateSteps {
          try privateGradient(
            privateSteps, client, batch: batch, seed: seed,
            step: number * ((count - 1) / batch + 1) + start / batch, into: &result)
        } else {
          let range = start..<min(count, start + batch)
          if let team {
            try gradient(
              client, order, range, seed: seed, epoch: number, by: team, into: &result)
          } else {
            try gradient(
              client, order, range, rate: rate, seed: seed, epoch: number, into: &result)
          }
        }
        update(anchor, correction, rate, &result)
      }
    }
    try team?.agree {
      guard case .notFinite? = $0 as? DatasetError else { return false }
      return true
    }
    return result
  }

  /// The seed of everything that a client draws.
  static func seed(of client: Int, _ seed: UInt64) -> UInt64 {
    var random = CounterRandom(seed: seed, purpose: .client, sample: UInt64(client))
    return random.next64()
  }

  /// The gradient of a batch, in ``results``, but for what a run has subtracted at once.
  private func gradient(
    _ client: Client, _ order: SamplePermutation, _ range: Range<Int>, rate: Double, seed: UInt64,
    epoch: Int, into result: inout LocalResult
  ) throws {
    var start = range.lowerBound
    while start < range.upperBound {
      let count = min(Self.largestPiece, range.upperBound - start)
      let isFirst = start == range.lowerBound
      let target = isFirst ? results : pieceMemory()
      let step = try cache.step(count)
      try step.executor.bindResults(target.base)
      if let descent {
        step.executor.setDescent(rate: Float(rate), decay: Float(descent.weightDecay))
      }
      let first = start
      try loader.load(count, into: step.executor, seed: seed, epoch: epoch) {
        client.samples[order[first + $0]]
      }
      try run(step, weight: 1 / Float(range.count))
      if !isFirst { ck_add_f32(results.base, target.base, results.count) }
      result.lossSum += Double(target.base[step.lossOffset])
      if let offset = step.correctOffset { result.correct += Double(target.base[offset]) }
      start += count
    }
    result.samples += range.count
  }

  func run(_ step: CompiledStep, weight: Float) throws {
    step.executor.input(TrainingGraph.InputName.sampleWeight)?.storeBytes(
      of: weight, as: Float.self)
    try step.executor.run()
  }

  func pieceMemory() -> FloatMemory {
    if let piece { return piece }
    let made = FloatMemory(count: results.count)
    piece = made
    return made
  }

  /// Changes parameters by the gradient in ``results``, and buffers by their statistics.
  private func update(
    _ anchor: FloatMemory, _ correction: GradientCorrection, _ rate: Double,
    _ result: inout LocalResult
  ) {
    let count = map.trainedCount
    if correction.isNeeded {
      precondition(descent == nil, "a gradient to correct has been subtracted already")
      ck_correct_gradient(
        results.base, local.base, anchor.base, correction.linear, count, correction.pull)
    }
    result.steps += 1
    policyUpdate.apply(
      parameters: UnsafeMutableBufferPointer(start: local.base, count: count),
      gradients: UnsafeMutableBufferPointer(start: results.base, count: count),
      slots: optimizerSlots, step: result.steps, learningRate: rate,
      places: cache.last?.executor.plan.undescended)
    guard let graph = cache.last?.graph, !graph.bufferUpdates.isEmpty else { return }
    for average in graph.bufferUpdates {
      let entry = map.entries[average.parameter]
      let (value, statistic) = (local.base + entry.offset, results.base + entry.offset)
      for index in 0..<entry.storedCount {
        value[index] =
          average.momentum * value[index] + (1 - average.momentum) * statistic[index]
      }
    }
  }

  /// Replaces the parameters in ``local`` by their difference from `global`.
  func subtract(_ global: FloatMemory) { ck_subtract(local.base, global.base, map.count) }
}
