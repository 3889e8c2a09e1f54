import Datasets
public import Foundation
import Graph
import Layers
public import MPI
import Parallelism

/// Runs a job: epochs of steps, evaluation after each epoch, events, checkpoints.
public final class Trainer {
  /// The way a run starts.
  public enum Resume: Sendable, Equatable {
    /// From the newest checkpoint in the output folder, if there is one.
    case auto
    /// From the beginning, in an empty folder.
    case never
    /// From this checkpoint.
    case path(String)
  }

  let job: Job
  let world: Communicator
  let folder: RunFolder
  let data: TrainingData
  private let caches: SharedCaches?
  let parallel: DataParallel
  let log: MetricsLog?
  let store: CheckpointStore
  let parts: PartStore
  let requests: StopRequests
  let recovery: Recovery
  /// Where the run stands; equal on all ranks.
  var state = TrainingState()
  /// The step of the last checkpoint that was begun; equal on all ranks.
  var lastCheckpoint: Int?
  /// Whether an epoch's steps are done, but not its evaluation.
  private(set) var lacksEpochEnd = false
  /// Whether parameters and optimizer state belong to ``state``: not while a checkpoint is read.
  var isWhole = true
  /// When the last step ended, in seconds since some moment.
  private(set) var lastStepTime = Trainer.now
  private let evaluator: Evaluator
  private let readers: [BatchReader]
  private let inputClock: InputClock
  /// Of the last step.
  private var inputSeconds = 0.0
  private var progress: Progress
  private(set) var epochMeter = Meter()
  private var last: (step: Int, evaluation: Evaluation)?
  /// Watches over the other ranks; nil for one rank alone.
  private let monitor: RankMonitor?
  private let trace: String?
  /// Names of the ranks' hosts.
  let hosts: [String]
  /// Whether the slowest ranks of each epoch are printed.
  let showsRanks: Bool
  /// What this rank's time went into since the last report.
  var rankTimes = RankTimes()

  /// Opens everything that the job needs. Collective: all ranks give the same job.
  ///
  /// - Parameters:
  ///   - deadline: When the batch system will end the job: the run saves and stops before.
  ///   - trace: Where to write what each rank did when, at the end; nil not to.
  ///   - showsRanks: Whether the slowest ranks of each epoch are printed; they are logged anyway.
  /// - Throws: `AgreedFailure` after one rank has printed what is wrong.
  public convenience init(
    _ job: Job, output: RunFolder, resume: Resume, deadline: Date? = nil,
    trace: String? = nil, showsRanks: Bool = false, on world: Communicator
  ) throws {
    try self.init(
      job, output: output, from: .resume(resume), deadline: deadline, trace: trace,
      showsRanks: showsRanks, on: world)
  }

  /// Where a run's state comes from.
  enum Origin {
    case resume(Resume)
    /// What this rank holds, after another was lost; nil if it is of no use.
    case memory(RunMemory?)
  }

  init(
    _ job: Job, output: RunFolder, from origin: Origin, deadline: Date?, trace: String?,
    showsRanks: Bool, on world: Communicator
  ) throws {
    self.job = job
    self.world = world
    folder = output
    let threads = try job.training.threads ?? Threads.perRank(on: world)
    try world.agreeing { try Self.checkLaunch(job, world) }
    if case .resume = origin { try Doctor(on: world).warn(threads: threads) }
    data = try world.agreeing { try TrainingData(job) }
    let fingerprint = try world.agreeing { [data] in
      try JobFingerprint(job, data: data, threads: threads)
    }
    try fingerprint.agree(on: world)
    try data.normalize(job.loading.normalization, on: world)
    caches =
      try job.loading.sharedCache
      ? SharedCaches(
        [data.train] + (data.test.map { [$0] } ?? []), byteLimit: job.loading.cacheByteCount,
        on: world) : nil
    parallel = try DataParallel(
      job.parallelSettings(threads: threads, on: world), optimizer: job.optimizer.policy, on: world
    ) { need in try MemoryCheck(job, need).admit(on: world) }
    evaluator = Evaluator(
      model: job.model, loss: job.loss, metrics: job.metrics.list, map: parallel.state.map,
      parameters: parallel.state.parameters.base, on: world)
    let schedule = job.schedule(epoch: 0, of: data, parallel.microBatches)
    readers = (0..<threads).map { [train = data.train] _ in
      BatchReader(
        source: train, capacity: max(1, schedule.largestMicroBatch),
        augmentation: job.loading.augmentation, seed: job.training.seed)
    }
    inputClock = InputClock(workers: threads)
    progress = Progress(epochs: job.training.epochs)
    recovery = Recovery(job.divergence, watchesGradients: job.training.lossScale == nil)
    var resume = Resume.auto
    var start: String?
    var newest: Int?
    switch origin {
    case .resume(let wanted): resume = wanted
    case .memory(let memory):
      guard let found = try RunMemory.restore(memory, into: parallel, on: world) else { break }
      start = "memory"
      newest = memory?.newest
      state = TrainingState(text: found.state)
      lastCheckpoint = found.lastCheckpoint
      lacksEpochEnd = found.lacksEpochEnd
      epochMeter = Meter(found.epochMeter)
    }
    if start == nil {
      start = try Self.checkpoint(for: resume, output, world)
      if let start {
        state = try Self.load(start, into: parallel, job, world)
        lastCheckpoint = state.position.step
        newest = lastCheckpoint
      }
    }
    store = CheckpointStore(folder: output.checkpoints, job.checkpoint, newest: newest)
    parts = PartStore(folder: output.checkpoints, job.checkpoint)
    try world.agreeing {
      guard world.isRoot else { return }
      try output.create()
      try Failure.write(job.yaml, to: output.jobFile)
    }
    log = try world.agreeing {
      world.isRoot ? try MetricsLog(path: output.metricsFile) : nil
    }
    requests = StopRequests(
      folder: world.isRoot ? output : nil, deadline: world.isRoot ? deadline : nil,
      savePeriod: world.isRoot ? job.checkpoint.everyMinutes.map { $0 * 60 } : nil)
    if trace != nil {
      try world.barrier()
      parallel.timeline = Timeline(threads: threads)
    }
    self.trace = trace
    self.showsRanks = showsRanks
    hosts = try world.allGather(world.processorName)
    monitor = try Self.monitor(parallel.heartbeat, job, world, output)
    announce(from: start, threads: threads)
  }

  // MARK: - Running

  /// Trains to the end of the job and returns the last evaluation. Collective, blocking.
  public func run() throws -> Evaluation? {
    let evaluation: Evaluation?
    do {
      evaluation = try train()
    } catch let failure as AgreedFailure {
      try end()
      throw failure
    } catch {
      monitor?.stop()
      throw error
    }
    try end()
    return evaluation
  }

  /// What follows when all ranks have come to the end of the training, one way or another.
  private func end() throws {
    // A trace that cannot be written must not leave the monitor running.
    let written = Result {
      if let trace, let timeline = parallel.timeline {
        try TraceFile.write(timeline, to: trace, on: world)
      }
    }
    try monitor?.finish()
    try written.get()
  }

  /// Ends what runs beside the training, after an error that reached over ranks, and gives what this
  /// rank holds; nil if a part of the state was on other ranks only. Local.
  func retire() -> RunMemory? {
    if world.isRoot, let outcome = store.take(waiting: true) { tell(outcome) }
    _ = parts.result(waiting: true)
    try? log?.finish()
    parallel.retire()
    return RunMemory(of: self)
  }

  static var now: Double { ProcessInfo.processInfo.systemUptime }

  /// Runs `body`, and notes it in the trace if there is one.
  func noting<R>(_ name: StaticString, _ body: () throws -> R) rethrows -> R {
    guard let timeline = parallel.timeline else { return try body() }
    return try timeline.noting(name, body)
  }

  private func train() throws -> Evaluation? {
    if lacksEpochEnd {
      try endEpoch()
    } else if lacksEvaluation, let test = data.test {
      observe(try evaluate(test))
    }
    while !isDone {
      guard try epoch(), state.position.stepInEpoch == 0 else { continue }
      try endEpoch()
    }
    // The last epoch may end before its last step, or there may have been nothing left to do.
    if last?.step != state.position.step, let test = data.test {
      last = (state.position.step, try evaluate(test))
    }
    if lastCheckpoint != state.position.step { try save() }
    try finishSaving()
    log?.write(
      "end",
      ["step": .integer(state.position.step), "epoch": .integer(state.position.epoch)])
    try endLog()
    return last?.evaluation
  }

  /// What follows an epoch's last step.
  private func endEpoch() throws {
    try reportRanks(epoch: state.position.epoch - 1)
    last = try data.test.map { (state.position.step, try evaluate($0)) }
    observe(last?.evaluation)
    lacksEpochEnd = false
    showEpoch(last?.evaluation)
    let isDue = job.checkpoint.everyEpochs.map { state.position.epoch % $0 == 0 } ?? false
    if isDue || state.best?.step == state.position.step { try save() }
  }

  var isDone: Bool {
    if let epochs = job.training.epochs, state.position.epoch >= epochs { return true }
    if let steps = job.training.steps, state.position.step >= steps { return true }
    return false
  }

  /// The rest of the current epoch, or up to the last step; false if the run went back instead.
  private func epoch() throws -> Bool {
    let schedule = job.schedule(
      epoch: state.position.epoch, of: data, parallel.microBatches)
    state.meter = state.meter.restarted
    while state.position.stepInEpoch < schedule.stepCount, !isDone {
      let (result, complaint) = try step(schedule)
      if let complaint, try handle(complaint, result) == .goBack { return false }
      // Up to here nothing but the step itself reaches over ranks: whatever error follows, parameters and
      // position belong together.
      state.position.advance(stepsInEpoch: schedule.stepCount)
      lastStepTime = Self.now
      report(schedule, result)
      let isEnd = state.position.stepInEpoch == 0
      if isEnd {
        epochMeter = state.meter
        state.meter = Meter()
        lacksEpochEnd = true
      }
      try collectSaved()
      if let every = job.checkpoint.everySteps, state.position.step % every == 0 { try save() }
      try honour(result.request)
      if isEnd { break }
    }
    return true
  }

  private func step(
    _ schedule: BatchSchedule
  ) throws -> (result: DataParallel.StepResult, complaint: String?) {
    let current = state.position.stepInEpoch
    let number = state.position.step + 1
    var complaint: String?
    let scaler = state.scaler
    if hasDynamicLossScale { parallel.lossScale = scaler.scale }
    let (start, waited) = (wallClock(), parallel.clock.waited)
    data.train.prefetch(schedule, step: current, microBatches: parallel.block)
    let result = try parallel.step(
      samples: schedule.positions(step: current).count, step: number,
      updates: number - 1 - state.skipped, learningRate: learningRate(step: number),
      request: requests.take(),
      size: { schedule.positions(step: current, microBatch: $0).count },
      accepts: { result in
        // The sums are the same on all ranks, and so is what is decided by them.
        complaint = try recovery.complaint(
          loss: Double(result.lossSum) / Double(result.samples), state.recovery,
          isGradientFinite: { try parallel.isGradientFinite() || lowersLossScale() })
        return complaint == nil && state.scaler == scaler
      },
      load: { [readers, inputClock, seed = job.training.seed] worker, microBatch, executor in
        try inputClock.time(worker) {
          try executor.load(
            step: current, microBatch: microBatch, of: schedule, seed: seed, from: readers[worker])
        }
      })
    let (input, wait) = (inputClock.take(), parallel.clock.waited - waited)
    rankTimes.input += input
    rankTimes.wait += wait
    rankTimes.compute += wallClock() - start - input - wait
    inputSeconds = input
    if result.isTaken {
      if hasDynamicLossScale { state.scaler.advance() }
      state.meter.add(result)
      recovery.note(loss: Double(result.lossSum) / Double(result.samples), in: &state.recovery)
    }
    if state.scaler.scale != scaler.scale {
      parallel.rescaleRests(by: state.scaler.scale / scaler.scale)
    }
    return (result, complaint)
  }

  /// The schedule's rate, lowered on each plateau, and each time the run went back.
  func learningRate(step: Int) -> Double {
    job.optimizer.schedule.learningRate(step: step) * state.plateau.scale
      * state.recovery.rateFactor
  }

  private func evaluate(_ source: any SampleSource) throws -> Evaluation {
    let result = try noting("evaluation") {
      try parallel.state.withAverage { try evaluator.evaluate(source) }
    }
    log?.write(
      "evaluate",
      [
        "split": .text("test"), "step": .integer(state.position.step),
        "epoch": .integer(state.position.epoch), "loss": .number(result.loss),
        "accuracy": result.accuracy.map { .number($0) } ?? .none,
      ],
      further: result.metrics.compactMap {
        guard case .number(let value) = $0.value else { return nil }
        return ($0.name, .number(value))
      })
    consider(result)
    return result
  }

  // MARK: - Reporting

  private func announce(from checkpoint: String?, threads: Int) {
    guard world.isRoot else { return }
    let map = parallel.state.map
    let parameters = map.entries.reduce(0) { $0 + ($1.isTrained ? $1.shape.count : 0) }
    log?.write(
      checkpoint == nil ? "start" : "resume",
      [
        "step": .integer(state.position.step), "epoch": .integer(state.position.epoch),
        "ranks": .integer(world.size), "threads": .integer(threads),
        "microBatches": .integer(parallel.microBatches), "parameters": .integer(parameters),
        "samples": .integer(data.train.epochCount), "allReduce": .text(parallel.algorithm),
        "gradientBytes": .integer(
          parallel.compressor?.byteCount ?? 4 * parallel.state.map.trainedCount),
      ])
    Console.print(
      "\(world.size) \(world.size == 1 ? "rank" : "ranks") x \(threads) \(threads == 1 ? "thread" : "threads"), \(parallel.microBatches) \(parallel.microBatches == 1 ? "micro-batch" : "micro-batches") a step, all-reduce \(parallel.algorithm); \(parameters) parameters, \(data.train.epochCount) samples"
    )
    if let checkpoint {
      Console.print(
        "resuming at step \(state.position.step) (epoch \(state.position.epoch)) from \(checkpoint)"
      )
    }
  }

  /// Says which ranks of the launch were lost, and how much time with them.
  func tellLoss(of lost: [String], seconds: Double) {
    guard world.isRoot else { return }
    Console.error(
      "trireme: warning: \(lost.count == 1 ? "rank" : "ranks") \(lost.joined(separator: ", ")) of the launch \(lost.count == 1 ? "was" : "were") lost; \(world.size) \(world.size == 1 ? "goes" : "go") on after step \(state.position.step), \(String(format: "%.2f", seconds)) s lost"
    )
    log?.write(
      "shrink",
      [
        "step": .integer(state.position.step), "ranks": .integer(world.size),
        "lost": .text(lost.joined(separator: ",")), "seconds": .number(seconds),
      ])
  }

  private func report(_ schedule: BatchSchedule, _ result: DataParallel.StepResult) {
    guard world.isRoot else { return }
    let step = state.position.stepInEpoch == 0 ? schedule.stepCount : state.position.stepInEpoch
    progress.step(
      epoch: schedule.epoch, step: step, of: schedule.stepCount, loss: state.meter.loss,
      samplesPerSecond: state.meter.samplesPerSecond)
    log?.write(
      "train",
      [
        "step": .integer(state.position.step), "epoch": .integer(schedule.epoch),
        "loss": .number(Double(result.lossSum) / Double(result.samples)),
        "samplesPerSecond": .number(state.meter.samplesPerSecond),
        "learningRate": .number(learningRate(step: state.position.step)),
        "inputSeconds": .number(inputSeconds),
      ], further: hasDynamicLossScale ? [("lossScale", .number(Double(parallel.lossScale)))] : [])
  }

  private func showEpoch(_ evaluation: Evaluation?) {
    guard world.isRoot else { return }
    progress.epoch(
      state.position.epoch - 1, loss: epochMeter.loss, accuracy: epochMeter.accuracy,
      test: evaluation, samplesPerSecond: epochMeter.samplesPerSecond)
  }
}
