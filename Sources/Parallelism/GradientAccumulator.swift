import Collectives
import Engine
import MPI

/// Computes a rank's micro-batches, adds up their results in the order of a fixed tree, and starts
/// the sum over ranks of each bucket when the last micro-batches have made it final.
///
///     threads     round 1          last round
///     0           micro-batch 0    micro-batch 2 ▒▒▒▒▒▒▒▒▒  bucket 0 is final on both: add up,
///     1           micro-batch 1    micro-batch 3 ▒▒▒▒▒▒▒▒▒  start the sum over ranks, go on
///
/// Sums are taken in the same order whether a bucket is added up by itself or with all others, so
/// that overlap changes no bit.
final class GradientAccumulator {
  /// The sum of all ranks, after ``finish()``.
  var result: FloatMemory { slots[0] }
  /// This rank's part of the order of summation.
  private let tree: SummationTree
  /// The micro-batch that is the tree's leaf 0.
  private let firstMicroBatch: Int
  private let slots: [FloatMemory]
  private let parts: [UnsafeMutableBufferPointer<Float>]
  private let plans: StepPlans
  private let team: WorkerTeam
  private let workers: [Worker]
  /// Nil for a rank by itself.
  private let pipeline: BucketPipeline?
  /// Moves the pipeline on, if this thread does not do so itself.
  private let progressThread: ProgressThread?
  /// Sums in the middle of a step, if there are any.
  private let statistics: RankStatistics?
  private let requestOffset: Int
  private var request: Float = 0
  private var launched = 0
  /// Notes what happens when, if given.
  var timeline: Timeline?
  /// Sleeps where the first thread would compute, if given.
  var simulated: SimulatedCompute? {
    didSet { workers[0].simulated = simulated }
  }

  /// - Parameters:
  ///   - slots: as many as the tree wants; the first ones hold the parts that ranks add up.
  ///   - requestOffset: the place of the request in the array.
  init(
    _ tree: SummationTree, firstMicroBatch: Int, slots: [FloatMemory], plans: StepPlans,
    threads: Int, pipeline: BucketPipeline?, hasProgressThread: Bool, requestOffset: Int,
    statistics: RankStatistics?
  ) {
    self.statistics = statistics
    self.tree = tree
    self.firstMicroBatch = firstMicroBatch
    self.slots = slots
    parts = slots.prefix(tree.parts.count).map(\.buffer)
    self.plans = plans
    self.pipeline = pipeline
    self.requestOffset = requestOffset
    progressThread =
      hasProgressThread ? pipeline.map { ProgressThread($0, threads: threads) } : nil
    let workerCount = min(threads, max(1, tree.steps.count))
    team = WorkerTeam(count: workerCount)
    // A lone worker writes into the slots themselves.
    workers = (0..<workerCount).map { _ in
      Worker(results: workerCount == 1 ? nil : FloatMemory(count: slots[0].count))
    }
  }

  deinit { endThreads() }

  /// No run may follow.
  func endThreads() {
    team.end()
    progressThread?.end()
  }

  /// Computes all micro-batches of this rank; sums over ranks are then under way.
  ///
  /// - Parameters:
  ///   - weight: of a sample.
  ///   - learningRate: of plans that change parameters themselves. Not by a loss that is not finite: then
  ///     the micro-batch is computed once more, with its gradients in memory, here and from now on.
  ///   - isSynchronized: false to leave the other ranks out.
  func run(
    samples: Int, weight: Float, learningRate: Double, request: Float, isSynchronized: Bool,
    size: (Int) -> Int,
    load: (_ worker: Int, _ microBatch: Int, Executor) throws -> Void
  ) throws {
    let pipeline = isSynchronized ? pipeline : nil
    pipeline?.begin()
    (launched, self.request) = (0, request)
    do {
      var first = 0
      while first < tree.steps.count {
        let round = first..<min(first + team.count, tree.steps.count)
        let isLast = round.upperBound == tree.steps.count
        for index in round {
          try prepare(
            worker: index - first, size: size(firstMicroBatch + tree.steps[index].leaf))
        }
        if let descent = plans.descent {
          workers[0].setDescent(rate: Float(learningRate), decay: Float(descent.weightDecay))
        }
        try run(
          round, weight: weight, isLast ? pipeline : nil,
          isSynchronized ? statistics : nil, load)
        first = round.upperBound
      }
      if tree.steps.isEmpty { launch(plans.buckets.ranges.count, of: 0..<0, pipeline) }
    } catch {
      pipeline?.abandon()
      throw error
    }
    guard workers[0].hasHalted else { return }
    plans.keepGradients()
    workers[0].removeExecutors()
    try run(
      samples: samples, weight: weight, learningRate: learningRate, request: request,
      isSynchronized: isSynchronized, size: size, load: load)
  }

  /// The places of parameters that the last run has not changed itself; nil: all.
  var undescended: [Range<Int>]? { plans.descent == nil ? nil : workers[0].undescended }

  /// Waits for the sums over ranks.
  func finish(isSynchronized: Bool) throws {
    guard isSynchronized else { return }
    if let progressThread { try progressThread.finish() } else { try pipeline?.finish() }
  }

  // MARK: - A round

  /// One micro-batch on each thread. Buckets that are final are launched meanwhile if there is a
  /// pipeline, all of them at the end.
  private func run(
    _ round: Range<Int>, weight: Float, _ pipeline: BucketPipeline?,
    _ statistics: RankStatistics?,
    _ load: (_ worker: Int, _ microBatch: Int, Executor) throws -> Void
  ) throws {
    var error: (any Error)?
    for index in round {
      workers[index - round.lowerBound].finalBuckets.store(0, ordering: .relaxed)
    }
    team.run { number in
      guard round.lowerBound + number < round.upperBound else { return }
      let step = self.tree.steps[round.lowerBound + number]
      let worker = self.workers[number]
      let isWatched = pipeline != nil && number == 0
      worker.run(
        into: self.slots[step.slot], microBatch: self.firstMicroBatch + step.leaf, weight: weight,
        isWatched: isWatched, statistics: statistics, timeline: self.timeline?.lane(number),
        load: { try load(number, $0, $1) },
        pause: { try self.launchFinal(of: round, pipeline) })
      guard isWatched, !worker.hasFailed else { return }
      // This thread is done: it launches what the others make final.
      do {
        while self.launched < self.plans.buckets.ranges.count - 1,
          self.finalBuckets(of: round) < self.plans.buckets.ranges.count
        {
          try self.launchFinal(of: round, pipeline)
          WorkerTeam.yield()
        }
      } catch let failure {
        error = failure
      }
    }
    if let error { throw error }
    for index in round {
      if let error = workers[index - round.lowerBound].takeError() { throw error }
    }
    launch(plans.buckets.ranges.count, of: round, pipeline)
    try progress(pipeline)
  }

  /// Moves sums on, unless another thread does.
  private func progress(_ pipeline: BucketPipeline?) throws {
    guard progressThread == nil, let pipeline, pipeline.isBusy else { return }
    try pipeline.progress()
  }

  /// The buckets that are final on all threads of a round.
  private func finalBuckets(of round: Range<Int>) -> Int {
    var count = Int.max
    for index in round {
      count = min(
        count, workers[index - round.lowerBound].finalBuckets.load(ordering: .acquiring))
    }
    return count
  }

  /// Launches the buckets that are final on all threads, but for the last, and moves sums on.
  private func launchFinal(of round: Range<Int>, _ pipeline: BucketPipeline?) throws {
    let last = plans.buckets.ranges.count - 1
    if launched < last { launch(min(finalBuckets(of: round), last), of: round, pipeline) }
    try progress(pipeline)
  }

  /// Adds up the buckets before `count` that are not yet, and hands them to the pipeline.
  private func launch(_ count: Int, of round: Range<Int>, _ pipeline: BucketPipeline?) {
    let all = plans.buckets.ranges
    // Without a pipeline the array is added up in one go.
    let ranges = pipeline == nil ? 0..<0 : launched..<max(launched, count)
    for bucket in ranges { merge(round, all[bucket]) }
    if pipeline == nil { merge(round, 0..<plans.buckets.count) }
    if launched == 0, count > 0 {
      for part in parts { part[requestOffset] = 0 }
      slots[0].base[requestOffset] = request
    }
    launched = pipeline == nil ? 0 : max(launched, count)
    pipeline?.markReady(launched)
    if pipeline != nil { progressThread?.wake() }
  }

  // MARK: - Sums on this rank

  /// Brings the leaves of a round into their slots, and adds the slots that are complete.
  private func merge(_ round: Range<Int>, _ range: Range<Int>) {
    for index in round {
      merge(tree.steps[index], from: workers[index - round.lowerBound].results, range)
    }
  }

  private func merge(
    _ step: SummationTree.Step, from results: FloatMemory?, _ range: Range<Int>
  ) {
    let start = range.lowerBound
    var slot = step.slot
    var merges = step.mergeCount
    if let results {
      if merges > 0 {
        Float.add(results.base + start, to: slots[slot - 1].base + start, count: range.count)
        slot -= 1
        merges -= 1
      } else {
        (slots[slot].base + start).update(from: results.base + start, count: range.count)
      }
    }
    for _ in 0..<merges {
      Float.add(slots[slot].base + start, to: slots[slot - 1].base + start, count: range.count)
      slot -= 1
    }
  }

  /// Makes sure that the worker has an executor for the size of its next micro-batch.
  private func prepare(worker: Int, size: Int) throws {
    guard workers[worker].select(size) == false else { return }
    let step = try plans[size]
    workers[worker].add(
      try Executor(step.plan, parameters: plans.state.parameters.base, results: slots[0].base),
      size: size, readySteps: plans.buckets.readySteps(in: step.plan),
      lossOffset: step.lossOffset)
  }
}
