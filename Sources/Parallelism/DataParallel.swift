public import Collectives
public import Engine
import Graph
public import Layers
public import MPI
public import Optimizers

/// Synchronous data parallelism: every rank holds the whole model and works on its micro-batches.
///
///     global batch ─┬─ micro-batch 0 ─ gradients ─┐
///                   ├─ micro-batch 1 ─ gradients ─┤ rank 0: fixed tree
///                   ├─ micro-batch 2 ─ gradients ─┤                     all-reduce ─ update, on every
///                   └─ micro-batch 3 ─ gradients ─┘ rank 1: fixed tree                rank alike
///
/// A rank with several threads runs as many micro-batches side by side, each on one thread, and adds
/// their results in order. The step allocates nothing once every size of micro-batch has been seen.
public final class DataParallel {
  /// What to train and how.
  public struct Settings: Sendable {
    /// The layers.
    public var model: Model
    /// The loss.
    public var loss: Loss
    /// Samples of a full step over all ranks.
    public var globalBatch: Int
    /// The fixed number of micro-batches of a step; nil for one a thread.
    public var microBatches: Int?
    /// Threads of this rank.
    public var threads: Int
    /// The all-reduce, unless `microBatches` is fixed.
    public var allReduce: GradientSum.Choice
    /// The model of the cluster by which `auto` chooses; the same on all ranks.
    public var allReduceModel = AllReduceModel()
    /// Bytes from which a bucket of gradients is full.
    public var bucketBytes: Int
    /// The same for the first bucket: small, so that the sum over ranks starts early.
    public var firstBucketBytes = 1 << 20
    /// Whether each rank holds a share of the optimizer's state only, and updates this; nil where the
    /// ranks are on one node and lose nothing by it.
    public var shardsOptimizer: Bool? = false
    /// Whether a thread of its own moves the sums over ranks on.
    public var hasProgressThread = false
    /// Whether everything is summed at once when the backward pass has ended, by one call for which the
    /// rank waits, in place of buckets on their way: what benchmarks compare with.
    public var sumsAtEnd = false
    /// Whether gradients of ranks are combined by Adasum in place of a sum.
    public var usesAdasum = false
    /// How gradients are shortened between ranks. The order of sums is then that of ranks, also with
    /// fixed micro-batches.
    public var compression = GradientCompression.none
    /// What the loss is multiplied by before the backward pass, and the summed gradients are divided
    /// by: keeps small gradients in the range of short floats on their way (Micikevicius et al. 2018).
    /// Steps may change it: ``DataParallel/lossScale``.
    public var lossScale: Float = 1
    /// Whether a rank by itself may change parameters while it computes gradients, where the rule is plain
    /// descent and a step is one micro-batch: to the same bits, with fewer passes through memory. `accepts`
    /// may then refuse a step for nothing but a loss that is not finite.
    public var descends = false
    /// In which numbers products take their operands.
    public var arithmetic = Arithmetic.float32
    /// The seed of initial parameters.
    public var seed: UInt64

    /// Settings; see the properties.
    public init(
      model: Model, loss: Loss, globalBatch: Int, microBatches: Int? = nil, threads: Int = 1,
      allReduce: GradientSum.Choice = .auto, bucketBytes: Int = 25 << 20, seed: UInt64 = 0
    ) {
      self.model = model
      self.loss = loss
      self.globalBatch = globalBatch
      self.microBatches = microBatches
      self.threads = threads
      self.allReduce = allReduce
      self.bucketBytes = bucketBytes
      self.seed = seed
    }
  }

  /// What a step reports: sums over all samples of the global batch, the same on all ranks.
  public struct StepResult: Sendable {
    /// Sum of the samples' losses.
    public let lossSum: Float
    /// Count of correct predictions; nil if labels are not classes.
    public let correct: Float?
    /// Samples of the step.
    public let samples: Int
    /// Sum of the ranks' requests.
    public let request: Float
    /// Whether the parameters were updated; false if the caller did not accept the step.
    public internal(set) var isTaken = true
  }

  /// The settings.
  public let settings: Settings
  /// The ranks.
  public let communicator: Communicator
  /// This rank's copy of parameters and optimizer state.
  public let state: ModelState
  /// Micro-batches of a step over all ranks.
  public let microBatches: Int
  /// Those of this rank.
  public var block: Range<Int> {
    firstMicroBatch + tree.block.lowerBound..<firstMicroBatch + tree.block.upperBound
  }
  /// The plan of a full micro-batch.
  public let plan: StepPlan

  /// The name of the all-reduce in use.
  public var algorithm: String { sum.name }

  /// Notes what happens when, from the next step on, if given.
  public var timeline: Timeline? {
    didSet {
      accumulator.timeline = timeline
      pipeline?.observers = [heartbeat, clock] + (timeline.map { [$0] } ?? [])
    }
  }
  /// Sleeps in place of computing, for ranks of one thread.
  ///
  /// - Precondition: the profile is of this plan.
  public var simulatedProfile: StepProfile? {
    didSet {
      precondition(
        simulatedProfile.map { $0.opMicroseconds.count == plan.plan.stepCount } ?? true,
        "a profile of another plan")
      simulated = simulatedProfile.map { SimulatedCompute($0, rank: communicator.rank) }
      accumulator.simulated = simulated
    }
  }
  private var simulated: SimulatedCompute?
  /// The scale of the loss in the next step; equal on all ranks. What ranks have left over of compressed
  /// gradients has this scale, too: see ``rescaleRests(by:)``.
  public var lossScale: Float
  /// What this rank needs.
  public let memoryNeed: MemoryNeed
  /// Says what this rank does, for a ``RankMonitor``.
  public let heartbeat = Heartbeat()
  /// Adds up what the sums over ranks take of this rank's time.
  public let clock = StepClock()

  /// Nil if gradients travel as they are.
  public let compressor: GradientCompressor?
  private let sum: GradientSum
  private let tree: SummationTree
  /// The micro-batch that is the tree's leaf 0.
  private let firstMicroBatch: Int
  private let pipeline: BucketPipeline?
  /// The one sum at the end, if there are no buckets on their way.
  private let sumAtEnd: (any AllReduceAlgorithm<Float>)?
  private let accumulator: GradientAccumulator

  /// Compiles the step, makes the state from the seed and gives all ranks the root's. Collective.
  ///
  /// - Parameter admitting: Told what this rank will need before it is allocated; may refuse, on all
  ///   ranks alike, by throwing.
  /// - Throws: `GraphError` or `EngineError` if the model cannot be built, `MPIError`.
  public init(
    _ settings: Settings, optimizer: UpdatePolicy, on communicator: Communicator,
    admitting: (MemoryNeed) throws -> Void = { _ in }
  ) throws {
    self.settings = settings
    lossScale = settings.lossScale
    self.communicator = communicator
    KernelThreads.useOne()
    let threads = try Self.usefulThreads(settings, ranks: communicator.size)
    microBatches = settings.microBatches ?? threads * communicator.size
    let isCompressed =
      (settings.compression != .none || settings.usesAdasum) && communicator.size > 1
    sum = try GradientSum(
      settings.allReduce, microBatches: isCompressed ? nil : settings.microBatches,
      model: settings.allReduceModel, on: communicator)
    switch sum {
    case .ordered(let algorithm):
      tree = algorithm.tree
      firstMicroBatch = 0
    case .perRank:
      // The rank's own tree over its block.
      let block = SummationTree.block(
        rank: communicator.rank, size: communicator.size, leafCount: microBatches)
      tree = SummationTree(leafCount: block.count, block: 0..<block.count)
      firstMicroBatch = block.lowerBound
    }
    let largest = (settings.globalBatch + microBatches - 1) / microBatches
    let descent =
      settings.descends && communicator.size == 1 && microBatches == 1 && settings.lossScale == 1
      ? optimizer.plainDescent : nil
    plan = try StepPlan(
      model: settings.model, loss: settings.loss, batchSize: largest,
      arithmetic: settings.arithmetic, descends: descent != nil)
    guard plan.plan.rankSums.isEmpty || microBatches == communicator.size else {
      throw GraphError(
        "synchronised batch norm",
        "needs one micro-batch a rank, there are \(microBatches) on \(communicator.size): set training.microBatches to auto"
      )
    }
    // Behind the results: the request.
    let count = plan.plan.resultCount + 16
    let buckets = GradientBuckets(
      plan.plan, count: count, firstBytes: settings.firstBucketBytes, bytes: settings.bucketBytes)
    let shards = Self.shards(settings, buckets, plan.plan.parameters, optimizer, sum, communicator)
    memoryNeed = MemoryNeed(
      plan.plan, optimizer: optimizer, slots: max(1, tree.slotCount),
      workers: min(threads, max(1, tree.steps.count)),
      optimizerShare: shards?.count(of: communicator.rank))
    try admitting(memoryNeed)
    state = try ModelState(
      plan.graph.graph.parameters, map: plan.plan.parameters, optimizer: optimizer,
      seed: settings.seed,
      exchange: shards.map { [sum, plan] in
        try ShardExchange(
          $0, sharing: sum.isInSharedMemory ? plan.plan.parameters.count : nil, on: communicator)
      })
    try state.broadcastParameters(on: communicator)
    let slots = try Self.slots(tree, count: count, of: sum, on: communicator)
    sumAtEnd =
      settings.sumsAtEnd && communicator.size > 1
      ? try settings.allReduce.make(Float.self, on: communicator) : nil
    compressor =
      settings.compression != .none && communicator.size > 1
      ? try GradientCompressor(
        settings.compression, buckets, plan.plan.parameters, by: settings.allReduce,
        model: settings.allReduceModel, on: communicator) : nil
    pipeline =
      communicator.size == 1
      ? nil
      : try BucketPipeline(
        [sum.reduction]
          + (compressor?.sums.reductions
            ?? Self.reductions(
              settings, sum, buckets, plan.plan.parameters,
              isScattered: shards?.isScattered ?? false, on: communicator)),
        buckets: buckets.ranges, parts: slots.prefix(tree.parts.count).map(\.buffer),
        result: slots[0].buffer)
    accumulator = GradientAccumulator(
      tree, firstMicroBatch: firstMicroBatch, slots: slots,
      plans: StepPlans(
        plan, size: largest, model: settings.model, loss: settings.loss,
        arithmetic: settings.arithmetic, descent: descent, state: state, buckets: buckets),
      threads: threads, pipeline: pipeline,
      hasProgressThread: settings.hasProgressThread, requestOffset: plan.plan.resultCount,
      statistics: try RankStatistics(plan.plan, on: communicator))
    pipeline?.observers = [heartbeat, clock]
  }

  /// The ranks' shares of the optimizer's state; nil if each holds all of it.
  private static func shards(
    _ settings: Settings, _ buckets: GradientBuckets, _ map: ParameterMap, _ policy: UpdatePolicy,
    _ sum: GradientSum, _ communicator: Communicator
  ) -> ParameterShards? {
    guard settings.shardsOptimizer != false, communicator.size > 1 else { return nil }
    let isCut =
      !policy.needsWholeGradient && settings.compression == .none && !settings.usesAdasum
    if settings.shardsOptimizer == nil {
      guard isCut, sum.isInSharedMemory, !settings.sumsAtEnd,
        map.trainedCount >= ParameterShards.leastCount
      else { return nil }
    }
    if isCut, let reduction = sum.scattering {
      return ParameterShards(buckets, of: reduction, size: communicator.size)
    }
    return ParameterShards(parametersOf: map, size: communicator.size)
  }

  /// How each bucket of gradients is summed.
  private static func reductions(
    _ settings: Settings, _ sum: GradientSum, _ buckets: GradientBuckets, _ map: ParameterMap,
    isScattered: Bool, on communicator: Communicator
  ) throws -> [any StartedReduction<Float>] {
    if settings.usesAdasum {
      let places = map.entries.filter(\.isTrained).map { $0.offset..<$0.offset + $0.storedCount }
        .sorted { $0.lowerBound < $1.lowerBound }
      return try buckets.gradients.map { bucket in
        try Adasum(
          count: bucket.count,
          places: places.filter { bucket.contains($0.lowerBound) }.map {
            $0.lowerBound - bucket.lowerBound..<$0.upperBound - bucket.lowerBound
          }, on: communicator)
      }
    }
    var gradients: any StartedReduction<Float> = sum.reduction
    if isScattered, let scattering = sum.scattering { gradients = ReduceScatter(scattering) }
    return buckets.gradients.map { _ in gradients }
  }

  /// Memory for the tree's slots. What the ranks add up together lies where the algorithm wants it;
  /// ranks allocate alike, though they may hold different numbers of parts. A rank by itself has pages
  /// larger than those of a window.
  private static func slots(
    _ tree: SummationTree, count: Int, of sum: GradientSum, on communicator: Communicator
  ) throws(MPIError) -> [FloatMemory] {
    let shared = try communicator.allReduce(max(1, tree.parts.count), .maximum)
    var slots: [FloatMemory] = []
    for slot in 0..<max(shared, tree.slotCount) {
      let isShared = communicator.size > 1 && slot < shared
      let memory = isShared ? try sum.memory(count: count) : nil
      slots.append(memory.map(FloatMemory.init(borrowing:)) ?? FloatMemory(count: count))
    }
    return slots
  }

  /// The threads that shorten a step: waking another one costs some 20 microseconds, in which a core
  /// computes about 2 MFLOP. A function of model and batch, so that it is the same in every run.
  private static func usefulThreads(_ settings: Settings, ranks: Int) throws -> Int {
    guard settings.threads > 1 else { return 1 }
    let sample = try TrainingGraph(model: settings.model, loss: settings.loss, batchSize: 1).graph
    // Statistics of all ranks are summed by one micro-batch of each.
    if sample.nodes.contains(where: { $0.op == .rankSum }) { return 1 }
    let flops = sample.nodes.indices.reduce(0) { $0 + sample.cost(of: $1).flops }
    let share = flops * settings.globalBatch / ranks
    return max(1, min(settings.threads, share / 2_000_000))
  }

  /// Runs one step on all ranks and updates the parameters. Collective, blocking.
  ///
  /// - Parameters:
  ///   - samples: Samples of the global batch, equal on all ranks.
  ///   - step: The number of the step, from 1.
  ///   - updates: Those before it that updated parameters, if not all did: what a rule counts that
  ///     corrects for its first steps.
  ///   - request: A number to be added up over ranks on the way of the gradients, so that ranks can
  ///     agree on something in this very step at no cost.
  ///   - isSynchronized: False to leave the other ranks out, which then go apart: for measuring what
  ///     the sum over ranks costs.
  ///   - size: The samples of a micro-batch, by its number in the step; may be 0.
  ///   - accepts: Sees the sums before anything is changed, and says whether to update; must decide
  ///     alike on all ranks. May ask ``isGradientFinite``. See ``Settings/descends``.
  ///   - load: Fills the executor's inputs with a micro-batch; called on any thread, but never twice
  ///     at once for one worker.
  /// - Throws: What `load` throws; `MPIError`.
  public func step(
    samples: Int, step: Int, updates: Int? = nil, learningRate: Double, request: Float = 0,
    isSynchronized: Bool = true, size: (Int) -> Int,
    accepts: (StepResult) throws -> Bool = { _ in true },
    load: (_ worker: Int, _ microBatch: Int, Executor) throws -> Void
  ) throws -> StepResult {
    heartbeat.stepStarted(step)
    compressor?.sums.clock.step = step
    simulated?.startStep(step)
    let isPiped = isSynchronized && sumAtEnd == nil
    try accumulator.run(
      samples: samples, weight: lossScale / Float(samples), learningRate: learningRate,
      request: request, isSynchronized: isPiped, size: size, load: load)
    try accumulator.finish(isSynchronized: isPiped)
    if isSynchronized { try sumAtEnd?.sum(accumulator.result.buffer) }
    if isSynchronized { compressor?.clearPadding(of: accumulator.result.base) }
    unscale(accumulator.result.base)
    let start = timeline.map { _ in wallClock() }
    let results = accumulator.result.base
    var result = StepResult(
      lossSum: results[plan.lossOffset], correct: plan.correctOffset.map { results[$0] },
      samples: samples, request: results[plan.plan.resultCount])
    result.isTaken = try accepts(result)
    if result.isTaken {
      update(
        step: updates.map { $0 + 1 } ?? step, learningRate: learningRate,
        isSynchronized: isSynchronized)
    } else {
      compressor?.clearNonFinite()
    }
    if let start { timeline?.lane(0).note(.update, from: start) }
    if result.isTaken, isSynchronized, let exchange = state.exchange {
      let start = timeline.map { _ in wallClock() }
      clock.waitStarted(for: pipeline?.buckets.count ?? 0)
      try exchange.complete(state.parameters.base)
      clock.waitEnded()
      if let start { timeline?.lane(0).note(.exchange, from: start) }
    }
    return result
  }

  /// Ends all threads after an error of a sum over ranks; no step may follow. The memory of sums stays:
  /// the library may still write into it. See Note [Lost ranks]. Local.
  public func retire() {
    accumulator.endThreads()
    _ = Unmanaged.passRetained(accumulator)
    if let pipeline { _ = Unmanaged.passRetained(pipeline) }
  }

  /// Whether all elements of the last step's gradient are finite; the same on all ranks. Collective
  /// where each rank has the sums of its own places only, local otherwise.
  public func isGradientFinite() throws(MPIError) -> Bool {
    let gradients = UnsafePointer(accumulator.result.base)
    guard let shards = state.exchange?.shards, shards.isScattered else {
      return gradients.areFinite(count: state.map.trainedCount)
    }
    let isFinite = shards.places[communicator.rank].allSatisfy {
      (gradients + $0.lowerBound).areFinite(count: $0.count)
    }
    return try communicator.allReduce(isFinite ? 1 : 0, .minimum) == 1
  }

  /// The first parameter, in visit order, that holds an element which is not finite, or else the first
  /// whose last gradient does; nil if there is none. The same on all ranks. Collective where each rank has
  /// the sums of its own places only, local otherwise.
  public func firstNonFinite() throws(MPIError) -> (path: String, isGradient: Bool)? {
    if let exchange = state.exchange, exchange.shards.isScattered {
      try exchange.gather(accumulator.result.base)
    }
    for (base, isGradient) in [(state.parameters.base, false), (accumulator.result.base, true)] {
      for entry in state.map.entries where entry.isTrained || !isGradient {
        guard UnsafePointer(base + entry.offset).areFinite(count: entry.storedCount) else {
          return (entry.path, isGradient)
        }
      }
    }
    return nil
  }

  /// Brings what ranks have left over of compressed gradients to another scale of the loss. Local.
  public func rescaleRests(by factor: Float) { compressor?.scaleRest(by: factor) }

  /// Takes the scale of the loss out of gradients and statistics; the loss itself has none.
  private func unscale(_ results: UnsafeMutablePointer<Float>) {
    guard lossScale != 1 else { return }
    let factor = 1 / lossScale
    for index in 0..<state.map.count { results[index] *= factor }
  }

  /// Updates the parameters by the sums of the last step: this rank's share of them, if the optimizer is
  /// in shards and the ranks are not left out. Local.
  package func update(step: Int, learningRate: Double, isSynchronized: Bool = true) {
    if let simulated { return simulated.update() }
    let map = state.map
    let results = accumulator.result.base
    let exchange = isSynchronized ? state.exchange : nil
    state.update.apply(
      parameters: UnsafeMutableBufferPointer(
        start: state.parameters.base, count: map.trainedCount),
      gradients: UnsafeMutableBufferPointer(start: results, count: map.trainedCount),
      slots: isSynchronized ? state.slotViews : state.wholeSlotViews, step: step,
      learningRate: learningRate,
      places: exchange.map { $0.shards.places[communicator.rank] } ?? accumulator.undescended,
      copies: exchange?.copies?.others ?? [])
    for average in plan.graph.bufferUpdates {
      let entry = map.entries[average.parameter]
      let (value, statistic) = (state.parameters.base + entry.offset, results + entry.offset)
      for index in 0..<entry.storedCount {
        value[index] =
          average.momentum * value[index] + (1 - average.momentum) * statistic[index]
      }
    }
  }
}
