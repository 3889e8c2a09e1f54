import Collectives
import Datasets
import Engine
import Foundation
public import MPI
import Parallelism

/// Measures what a job's training step is made of, and what the sum over ranks costs it: steps with and
/// without the sum in turns, on the same ranks at the same time, so that memory and cores that ranks
/// share are not counted as communication.
///
///     step with the sum     │ input │ compute ·········│ imbalance │ exposed │
///     step without          │ input │ compute │
///     sums under way                    └─── hidden ───────────────┘
///
/// - compute: a step without the sum, less its input.
/// - imbalance: how much longer the slowest rank works for itself than the mean rank, step by step.
/// - exposed: what is left of the step; that is waiting for messages, and moving sums on, which takes
///   this core's time also where it overlaps.
/// - hidden: the time in which sums were under way and nobody waited for them; no part of the step.
public final class SynchronizationBenchmark {
  private let world: Communicator
  private let parallel: DataParallel
  private let data: TrainingData
  private let readsInput: Bool
  private let threads: Int
  private var source: any SampleSource { data.train }
  private let job: Job

  /// Compiles the job's step. Collective.
  ///
  /// - Parameter readsInput: Whether each step reads its samples as a training does; otherwise there is
  ///   one made-up batch that stays in memory.
  public init(_ job: Job, readsInput: Bool = false, on world: Communicator) throws {
    self.job = job
    self.world = world
    self.readsInput = readsInput
    try world.agreeing { try Trainer.checkLaunch(job, world) }
    data = try world.agreeing {
      let data = try readsInput ? TrainingData(job) : job.syntheticTwin()
      guard data.train.epochCount >= job.training.globalBatch else {
        throw Failure(
          .usage,
          "an epoch has \(data.train.epochCount) samples, less than one step with training.globalBatch \(job.training.globalBatch): lower it, or measure without input (--set data=synthetic)"
        )
      }
      return data
    }
    if readsInput { try data.normalize(job.loading.normalization, on: world) }
    threads = try job.training.threads ?? Threads.perRank(on: world)
    parallel = try DataParallel(
      job.parallelSettings(threads: threads, on: world), optimizer: job.optimizer.policy, on: world)
  }

  /// What one rank saw of a kind of steps; seconds.
  private struct Course {
    var steps: [Double] = []
    /// Without waiting for others.
    var own: [Double] = []
    var input: [Double] = []
    var waited = 0.0
    var underWay = 0.0
    var joules: Double?
    var sentBytes = 0
  }

  /// Measures. Collective, blocking.
  ///
  /// - Parameters:
  ///   - steps: measured steps of each kind, at least 1.
  ///   - warmup: steps of each kind before, at least 1.
  ///   - checkpointFolder: where to write a checkpoint whose cost is measured, too; nil not to. The file
  ///     stays.
  public func run(
    steps: Int, warmup: Int, checkpointFolder: String? = nil
  ) throws -> SynchronizationReport {
    let course = StepCourse(job, data, parallel, readsInput: readsInput, threads: threads)
    var kinds = [Course(), Course()]
    for turn in 0..<2 * (warmup + steps) {
      let isSynchronized = turn % 2 == 0
      let isMeasured = turn >= 2 * warmup
      let kind = isSynchronized ? 0 : 1
      try world.barrier()
      let (waited, underWay, sent) = (
        parallel.clock.waited, parallel.clock.underWay, Traffic.sentBytes
      )
      let start = wallClock()
      let input = try course.step(isSynchronized: isSynchronized, isWarmup: !isMeasured)
      let seconds = wallClock() - start
      guard isMeasured else { continue }
      let wait = parallel.clock.waited - waited
      kinds[kind].steps.append(seconds)
      kinds[kind].own.append(seconds - wait)
      kinds[kind].input.append(input)
      kinds[kind].waited += wait
      kinds[kind].underWay += parallel.clock.underWay - underWay
      kinds[kind].sentBytes += Traffic.sentBytes - sent
    }
    let joules = try energy(steps: steps, course)
    var report = try report(kinds[0], kinds[1], steps: steps)
    report.joules = joules
    if let checkpointFolder {
      report.checkpointMicroseconds =
        1e6
        * (try checkpointCost(in: checkpointFolder, course, step: report.stepMicroseconds / 1e6))
        / Double(course.stepsBetweenCheckpoints)
    }
    return report
  }

  // MARK: - Together

  private func report(
    _ with: Course, _ without: Course, steps: Int
  ) throws -> SynchronizationReport {
    func mean(_ value: Double) throws -> Double {
      try world.allReduce(value, .sum) / Double(world.size)
    }
    let host = world.processorName
    let cores = try world.allGather(
      DoctorFacts.allowedCores.map { "\(host)/\($0)" }.joined(separator: "\n"))
    let hosts = Set(try world.allGather(host)).count
    let step = try mean(with.steps.median)
    let alone = try mean(without.steps.median)
    let input = try mean(without.input.median)
    // The rank that comes last in each step: cores of one speed are rare.
    func last(_ course: Course) throws -> Double {
      var steps = course.steps
      try world.allReduce(&steps, .maximum)
      return steps.median
    }
    let (lastStep, lastAlone) = (try last(with), try last(without))
    // The slowest rank of each step, which is another one from step to step.
    var (slowest, sum) = (with.own, with.own)
    try world.allReduce(&slowest, .maximum)
    try world.allReduce(&sum, .sum)
    let imbalance = zip(slowest, sum).map { $0 - $1 / Double(world.size) }.median
    let sent = try world.allReduce(Int64(with.sentBytes), .maximum)
    let hidden = try mean((with.underWay - with.waited) / Double(steps))
    let isAlone = world.size == 1
    return SynchronizationReport(
      ranks: world.size, hosts: hosts,
      cores: Set(cores.flatMap { $0.split(separator: "\n") }).count, threads: threads,
      algorithm: parallel.algorithm, samples: job.training.globalBatch,
      parameters: parallel.state.map.trainedCount,
      gradientBytes: parallel.compressor?.byteCount ?? 4 * parallel.state.map.trainedCount,
      sentBytes: parallel.algorithm == AllReduceChoice.native.rawValue ? nil : Int(sent) / steps,
      stepMicroseconds: 1e6 * step, aloneMicroseconds: 1e6 * alone,
      efficiency: isAlone ? 1 : alone / step,
      lastEfficiency: isAlone ? 1 : lastAlone / lastStep, inputMicroseconds: 1e6 * input,
      computeMicroseconds: 1e6 * max(0, (isAlone ? step : alone) - input),
      imbalanceMicroseconds: isAlone ? 0 : 1e6 * min(max(0, imbalance), max(0, step - alone)),
      exposedMicroseconds: isAlone ? 0 : 1e6 * max(0, step - alone - max(0, imbalance)),
      hiddenMicroseconds: 1e6 * max(0, hidden), checkpointMicroseconds: nil, joules: nil)
  }

  // MARK: - Energy

  /// Joules of all hosts for one step with the sum, over as many steps as were timed; nil if a host
  /// does not tell. Collective.
  private func energy(steps: Int, _ course: StepCourse) throws -> Double? {
    let isSpokesman = try world.node().rank == 0
    let counters = isSpokesman ? EnergyCounters.here : nil
    let isReadable =
      try world.allReduce(
        Int64(isSpokesman && counters == nil ? 0 : 1), .minimum) == 1
    guard isReadable else { return nil }
    try world.barrier()
    let start = counters?.read()
    for _ in 0..<steps { _ = try course.step(isSynchronized: true) }
    try world.barrier()
    let joules = start.flatMap { counters?.joules(since: $0) } ?? 0
    return try world.allReduce(joules, .sum) / Double(steps)
  }

  // MARK: - Checkpoint

  /// Seconds that one checkpoint costs the training: steps go on while it is written, and what they
  /// take longer than `step` counts. Collective.
  private func checkpointCost(
    in folder: String, _ course: StepCourse, step: Double
  ) throws -> Double {
    try world.agreeing { if world.isRoot { try Failure.makeFolder(folder) } }
    let store = CheckpointStore(folder: folder, job.checkpoint, newest: nil)
    try world.barrier()
    let start = wallClock()
    let whole = try WholeState(of: parallel, onAllRanks: false)
    if world.isRoot { store.begin(whole, course.description, best: nil) }
    var steps = 0
    var outcome: CheckpointStore.Outcome?
    while true {
      if world.isRoot { outcome = store.take(waiting: false) }
      guard try world.broadcast(Int64(outcome == nil ? 1 : 0), from: 0) == 1 else { break }
      _ = try course.step(isSynchronized: true)
      steps += 1
    }
    let seconds = wallClock() - start
    try world.agreeing { _ = try outcome?.result.get() }
    return max(0, seconds - Double(steps) * step)
  }
}

extension [Double] {
  /// The middle one, or the upper of two; 0 of none.
  var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}
