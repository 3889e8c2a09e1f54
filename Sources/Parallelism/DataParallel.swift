public import Collectives
public import Engine
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
    /// Bytes of one all-reduce.
    public var bucketBytes: Int
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
  public var block: Range<Int> { tree.block }
  /// The plan of a full micro-batch.
  public let plan: StepPlan

  /// The name of the all-reduce in use.
  public var algorithm: String { sum.name }

  private let sum: GradientSum
  /// This rank's part of the order of summation.
  private let tree: SummationTree
  private let firstMicroBatch: Int
  private let team: WorkerTeam
  private var workers: [Worker]
  private let slots: [FloatMemory]
  private var parts: [UnsafeMutableBufferPointer<Float>]
  private var plans: [Int: StepPlan]

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
    self.communicator = communicator
    KernelThreads.useOne()
    let threads = try Self.usefulThreads(settings, ranks: communicator.size)
    microBatches = settings.microBatches ?? threads * communicator.size
    sum = try GradientSum(
      settings.allReduce, microBatches: settings.microBatches, on: communicator)
    switch sum {
    case .ordered(let algorithm):
      tree = algorithm.tree
      firstMicroBatch = 0
    case .perRank:
      // The rank's own tree; its leaf i is micro-batch rank * threads + i.
      tree = SummationTree(leafCount: threads, block: 0..<threads)
      firstMicroBatch = communicator.rank * threads
    }
    let largest = (settings.globalBatch + microBatches - 1) / microBatches
    plan = try StepPlan(model: settings.model, loss: settings.loss, batchSize: largest)
    plans = [largest: plan]
    let workerCount = min(threads, max(1, tree.steps.count))
    try admitting(
      MemoryNeed(
        plan.plan, optimizer: optimizer, slots: max(1, tree.slotCount), workers: workerCount))
    state = try ModelState(
      plan.graph.graph.parameters, map: plan.plan.parameters, optimizer: optimizer,
      seed: settings.seed)
    try state.broadcast(on: communicator)
    // Behind the results: the request.
    let count = plan.plan.resultCount + 16
    slots = try Self.slots(tree, count: count, of: sum, on: communicator)
    parts = slots.prefix(tree.parts.count).map(\.buffer)
    team = WorkerTeam(count: workerCount)
    // A lone worker writes into the slots themselves.
    workers = (0..<workerCount).map { _ in
      Worker(results: workerCount == 1 ? nil : FloatMemory(count: count))
    }
  }

  deinit { team.end() }

  /// Memory for the tree's slots. What the ranks add up together lies where the algorithm wants it;
  /// ranks allocate alike, though they may hold different numbers of parts.
  private static func slots(
    _ tree: SummationTree, count: Int, of sum: GradientSum, on communicator: Communicator
  ) throws(MPIError) -> [FloatMemory] {
    let shared = try communicator.allReduce(max(1, tree.parts.count), .maximum)
    var slots: [FloatMemory] = []
    for slot in 0..<max(shared, tree.slotCount) {
      let memory = slot < shared ? try sum.memory(count: count) : nil
      slots.append(memory.map(FloatMemory.init(borrowing:)) ?? FloatMemory(count: count))
    }
    return slots
  }

  /// The threads that shorten a step: waking another one costs some 20 microseconds, in which a core
  /// computes about 2 MFLOP. A function of model and batch, so that it is the same in every run.
  private static func usefulThreads(_ settings: Settings, ranks: Int) throws -> Int {
    guard settings.threads > 1 else { return 1 }
    let sample = try TrainingGraph(model: settings.model, loss: settings.loss, batchSize: 1).graph
    let flops = sample.nodes.indices.reduce(0) { $0 + sample.cost(of: $1).flops }
    let share = flops * settings.globalBatch / ranks
    return max(1, min(settings.threads, share / 2_000_000))
  }

  /// Runs one step on all ranks and updates the parameters. Collective, blocking.
  ///
  /// - Parameters:
  ///   - samples: Samples of the global batch, equal on all ranks.
  ///   - step: The number of the step, from 1.
  ///   - request: A number to be added up over ranks on the way of the gradients, so that ranks can
  ///     agree on something in this very step at no cost.
  ///   - size: The samples of a micro-batch, by its number in the step; may be 0.
  ///   - accepts: Sees the sums before anything is changed, and says whether to update; must decide
  ///     alike on all ranks. May ask ``isGradientFinite``.
  ///   - load: Fills the executor's inputs with a micro-batch; called on any thread, but never twice
  ///     at once for one worker.
  /// - Throws: What `load` throws; `MPIError`.
  public func step(
    samples: Int, step: Int, learningRate: Double, request: Float = 0, size: (Int) -> Int,
    accepts: (StepResult) -> Bool = { _ in true },
    load: (_ worker: Int, _ microBatch: Int, Executor) throws -> Void
  ) throws -> StepResult {
    try accumulate(samples: samples, size: size, load: load)
    for part in parts { part[plan.plan.resultCount] = 0 }
    slots[0].base[plan.plan.resultCount] = request
    try reduce()
    let results = slots[0].base
    var result = StepResult(
      lossSum: results[plan.lossOffset], correct: plan.correctOffset.map { results[$0] },
      samples: samples, request: results[plan.plan.resultCount])
    result.isTaken = accepts(result)
    if result.isTaken { update(step: step, learningRate: learningRate) }
    return result
  }

  /// Whether all elements of the last step's gradient are finite; the same on all ranks. Local.
  public var isGradientFinite: Bool {
    UnsafePointer(slots[0].base).areFinite(count: state.map.trainedCount)
  }

  /// The first parameter, in visit order, that holds an element which is not finite, or else the first
  /// whose last gradient does; nil if there is none. Local; the same on all ranks.
  public var firstNonFinite: (path: String, isGradient: Bool)? {
    for (base, isGradient) in [(state.parameters.base, false), (slots[0].base, true)] {
      for entry in state.map.entries where entry.isTrained || !isGradient {
        guard UnsafePointer(base + entry.offset).areFinite(count: entry.storedCount) else {
          return (entry.path, isGradient)
        }
      }
    }
    return nil
  }

  // MARK: - The three parts of a step

  /// Computes this rank's micro-batches, `team.count` at a time, and adds them in the tree's order.
  private func accumulate(
    samples: Int, size: (Int) -> Int,
    load: (_ worker: Int, _ microBatch: Int, Executor) throws -> Void
  ) throws {
    var first = 0
    while first < tree.steps.count {
      let last = min(first + team.count, tree.steps.count)
      for index in first..<last {
        try prepare(worker: index - first, size: size(firstMicroBatch + tree.steps[index].leaf))
      }
      team.run { worker in
        guard first + worker < last else { return }
        let step = self.tree.steps[first + worker]
        self.workers[worker].run(
          into: self.slots[step.slot], microBatch: self.firstMicroBatch + step.leaf,
          weight: 1 / Float(samples)
        ) { try load(worker, $0, $1) }
      }
      for index in first..<last {
        if let error = workers[index - first].takeError() { throw error }
        merge(tree.steps[index], from: workers[index - first].results)
      }
      first = last
    }
  }

  /// Brings a finished leaf into its slot and adds the slots that are complete.
  private func merge(_ step: SummationTree.Step, from results: FloatMemory?) {
    let count = plan.plan.resultCount
    var slot = step.slot
    var merges = step.mergeCount
    if let results {
      if merges > 0 {
        Float.add(results.base, to: slots[slot - 1].base, count: count)
        slot -= 1
        merges -= 1
      } else {
        slots[slot].base.update(from: results.base, count: count)
      }
    }
    for _ in 0..<merges {
      Float.add(slots[slot].base, to: slots[slot - 1].base, count: count)
      slot -= 1
    }
  }

  private func reduce() throws {
    switch sum {
    case .ordered(let algorithm):
      guard communicator.size > 1 else { return }
      try algorithm.allReduce(parts, into: slots[0].buffer, scaledBy: 1)
    case .perRank(let algorithm):
      guard communicator.size > 1 else { return }
      let (whole, bucket) = (slots[0].buffer, max(1, settings.bucketBytes / 4))
      var start = 0
      while start < whole.count {
        let end = min(whole.count, start + bucket)
        try algorithm.sum(UnsafeMutableBufferPointer(rebasing: whole[start..<end]))
        start = end
      }
    }
  }

  private func update(step: Int, learningRate: Double) {
    let map = state.map
    let results = slots[0].base
    state.update.apply(
      parameters: UnsafeMutableBufferPointer(
        start: state.parameters.base, count: map.trainedCount),
      gradients: UnsafeMutableBufferPointer(start: results, count: map.trainedCount),
      slots: state.slotViews, step: step, learningRate: learningRate)
    for average in plan.graph.bufferUpdates {
      let entry = map.entries[average.parameter]
      let (value, statistic) = (state.parameters.base + entry.offset, results + entry.offset)
      for index in 0..<entry.storedCount {
        value[index] =
          average.momentum * value[index] + (1 - average.momentum) * statistic[index]
      }
    }
  }

  /// Makes sure that the worker has an executor for the size of its next micro-batch.
  private func prepare(worker: Int, size: Int) throws {
    guard workers[worker].select(size) == false else { return }
    let plan: StepPlan
    if let known = plans[size] {
      plan = known
    } else {
      plan = try StepPlan(
        model: settings.model, loss: settings.loss, batchSize: size, parameters: state.map)
      plans[size] = plan
    }
    try workers[worker].add(
      Executor(plan.plan, parameters: state.parameters.base, results: slots[0].base), size: size)
  }
}
