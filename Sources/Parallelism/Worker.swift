import Engine
import Layers
import Synchronization

/// The executors of one thread, one for each size of micro-batch, and where its results go.
final class Worker {
  /// Results of its own; nil if it writes where it is told.
  let results: FloatMemory?
  /// The buckets of the current run that are final; all of them after an error too.
  let finalBuckets = Atomic(0)
  private var executors: [Int: SizedExecutor] = [:]
  private var selected: SizedExecutor?
  private var isEmpty = false
  private var error: (any Error)?
  /// Sleeps in place of the executor, if given.
  var simulated: SimulatedCompute?

  /// Whether the last run ended before its backward pass, since parameters would have changed by a loss
  /// that is not finite.
  private(set) var hasHalted = false

  /// An executor, and for each bucket the steps after which it is final.
  private struct SizedExecutor {
    let executor: Executor
    let readySteps: [Int]
    let lossOffset: Int
  }

  init(results: FloatMemory?) { self.results = results }

  /// Chooses the executor for the next run; false if there is none for `size` yet. Size 0 needs none.
  func select(_ size: Int) -> Bool {
    isEmpty = size == 0
    selected = executors[size]
    return isEmpty || selected != nil
  }

  /// Adds and chooses an executor.
  func add(_ executor: Executor, size: Int, readySteps: [Int], lossOffset: Int) {
    let sized = SizedExecutor(
      executor: executor, readySteps: readySteps, lossOffset: lossOffset)
    executors[size] = sized
    selected = sized
  }

  /// Forgets all executors.
  func removeExecutors() {
    executors = [:]
    selected = nil
  }

  /// How far a run goes that changes parameters itself, of the executor in use.
  func setDescent(rate: Float, decay: Float) {
    selected?.executor.setDescent(rate: rate, decay: decay)
  }

  /// The places that the last run has left to the update; nil: all.
  var undescended: [Range<Int>]? { selected?.executor.plan.undescended }

  /// Computes one micro-batch; an error is kept for ``takeError()``.
  ///
  /// - Parameters:
  ///   - target: where results go, unless this worker has results of its own.
  ///   - weight: of a sample.
  ///   - isWatched: whether to stop after each step, for `pause`; else only where a bucket is final.
  ///   - statistics: sums in the middle of the step, in which a rank without samples takes part, too.
  ///   - timeline: notes each step, if given.
  ///   - load: fills the inputs.
  ///   - pause: called now and then between two steps.
  func run(
    into slot: FloatMemory, microBatch: Int, weight: Float, isWatched: Bool,
    statistics: RankStatistics?, timeline: Timeline.Lane?,
    load: (Int, Executor) throws -> Void, pause: () throws -> Void
  ) {
    let target = results ?? slot
    hasHalted = false
    guard let sized = selected, !isEmpty else {
      target.base.update(repeating: 0, count: target.count)
      do { try statistics?.sumNothing() } catch { self.error = error }
      finalBuckets.store(.max, ordering: .releasing)
      return
    }
    let executor = sized.executor
    do {
      try executor.bindResults(target.base)
      executor.rankSum = statistics.map { statistics in { try statistics.sum($0) } }
      let start = timeline?.now
      try load(microBatch, executor)
      if let start { timeline?.note(.load(microBatch: microBatch), from: start) }
      if let input = executor.input(TrainingGraph.InputName.sampleWeight) {
        input.storeBytes(of: weight, as: Float.self)
      }
      var next = 0
      for (bucket, end) in sized.readySteps.enumerated() {
        try run(executor, next..<max(next, end), isWatched && bucket > 0, timeline, pause)
        next = max(next, end)
        finalBuckets.store(bucket + 1, ordering: .releasing)
        // The first bucket has the loss.
        if bucket == 0, !executor.plan.descended.isEmpty,
          !target.base[sized.lossOffset].isFinite
        {
          hasHalted = true
          break
        }
        if isWatched, next < executor.plan.stepCount { try pause() }
      }
      if !hasHalted {
        try run(executor, next..<executor.plan.stepCount, isWatched, timeline, pause)
      }
    } catch {
      self.error = error
    }
    finalBuckets.store(.max, ordering: .releasing)
  }

  private func run(
    _ executor: Executor, _ steps: Range<Int>, _ isWatched: Bool, _ timeline: Timeline.Lane?,
    _ pause: () throws -> Void
  ) throws {
    guard isWatched || timeline != nil else { return try compute(executor, steps) }
    for step in steps {
      let start = timeline?.now
      try compute(executor, step..<step + 1)
      if let start { timeline?.note(.op(step: step, of: executor.plan), from: start) }
      if isWatched { try pause() }
    }
  }

  private func compute(_ executor: Executor, _ steps: Range<Int>) throws {
    if let simulated { simulated.run(ops: steps) } else { try executor.run(steps: steps) }
  }

  /// The error of the last run, once.
  func takeError() -> (any Error)? {
    defer { error = nil }
    return error
  }

  /// Whether the last run failed.
  var hasFailed: Bool { error != nil }
}
