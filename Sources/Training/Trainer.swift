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

  private let job: Job
  private let world: Communicator
  private let folder: RunFolder
  private let data: TrainingData
  private let parallel: DataParallel
  private let evaluator: Evaluator
  private let readers: [BatchReader]
  private let log: MetricsLog?
  private let store: CheckpointStore
  private var position = TrainingPosition()
  private var progress: Progress
  private var lastCheckpoint: Int?
  private let requests: StopRequests

  /// Opens everything that the job needs. Collective: all ranks give the same job.
  ///
  /// - Parameter deadline: When the batch system will end the job: the run saves and stops before.
  /// - Throws: `AgreedFailure` after one rank has printed what is wrong.
  public init(
    _ job: Job, output: RunFolder, resume: Resume, deadline: Date? = nil,
    on world: Communicator
  ) throws {
    self.job = job
    self.world = world
    folder = output
    let threads = try job.training.threads ?? Threads.perRank(on: world)
    try world.agreeing { try Self.checkLaunch(job, world) }
    data = try world.agreeing { try TrainingData(job) }
    parallel = try DataParallel(
      job.parallelSettings(threads: threads), optimizer: job.optimizer.policy, on: world)
    evaluator = Evaluator(
      model: job.model, loss: job.loss, metrics: job.metrics.list, map: parallel.state.map,
      parameters: parallel.state.parameters.base, on: world)
    let schedule = job.schedule(epoch: 0, of: data.train, parallel.microBatches)
    readers = (0..<threads).map { [train = data.train] _ in
      BatchReader(source: train, capacity: max(1, schedule.largestMicroBatch))
    }
    progress = Progress(epochs: job.training.epochs)
    store = CheckpointStore(folder: output.checkpoints, keep: job.checkpoint.keep)
    let start = try Self.checkpoint(for: resume, output, world)
    if let start {
      position = try Self.load(start, into: parallel.state, job, world)
      lastCheckpoint = position.step
    }
    try world.agreeing {
      guard world.isRoot else { return }
      try output.create()
      try Failure.write(job.yaml, to: output.jobFile)
    }
    log = try world.agreeing {
      world.isRoot ? try MetricsLog(path: output.metricsFile) : nil
    }
    requests = StopRequests(
      folder: world.isRoot ? output : nil, deadline: world.isRoot ? deadline : nil)
    try announce(from: start, threads: threads)
  }

  private static func checkLaunch(_ job: Job, _ world: Communicator) throws {
    if let microBatches = job.training.microBatches, microBatches < world.size {
      throw Failure(
        .usage,
        "training.microBatches is \(microBatches), but there are \(world.size) ranks: start at most \(microBatches), or raise it"
      )
    }
    if job.training.globalBatch < world.size {
      throw Failure(
        .usage,
        "training.globalBatch is \(job.training.globalBatch), which leaves nothing for some of \(world.size) ranks: start fewer ranks, or raise it"
      )
    }
  }

  /// The checkpoint to start from. The root decides and tells the others: it alone reads and writes
  /// the folder, which they may not even see.
  private static func checkpoint(
    for resume: Resume, _ output: RunFolder, _ world: Communicator
  ) throws -> String? {
    let found = try world.agreeing { world.isRoot ? try output.start(resume) ?? "" : "" }
    let path = try world.broadcast(found, from: 0)
    return path.isEmpty ? nil : path
  }

  /// The root reads, the others get what it has read.
  private static func load(
    _ path: String, into state: ModelState, _ job: Job, _ world: Communicator
  ) throws -> TrainingPosition {
    let read = try world.agreeing {
      world.isRoot ? try CheckpointStore.load(path, into: state, job) : TrainingPosition()
    }
    var numbers = [read.step, read.epoch, read.stepInEpoch].map(Int64.init)
    try world.broadcast(&numbers, from: 0)
    try state.broadcast(on: world)
    return TrainingPosition(
      step: Int(numbers[0]), epoch: Int(numbers[1]), stepInEpoch: Int(numbers[2]))
  }

  // MARK: - Running

  /// Trains to the end of the job and returns the last evaluation. Collective, blocking.
  public func run() throws -> Evaluation? {
    var last: (step: Int, evaluation: Evaluation)?
    while !isDone {
      try epoch()
      if position.stepInEpoch == 0 {
        last = try data.test.map { (position.step, try evaluate($0)) }
        showEpoch(last?.evaluation)
        if let every = job.checkpoint.everyEpochs, position.epoch % every == 0 { try save() }
      }
    }
    // The last epoch may end before its last step, or there may have been nothing left to do.
    if last?.step != position.step, let test = data.test {
      last = (position.step, try evaluate(test))
    }
    if lastCheckpoint != position.step { try save() }
    try log?.write(
      "end", ["step": .integer(position.step), "epoch": .integer(position.epoch)])
    return last?.evaluation
  }

  private var isDone: Bool {
    if let epochs = job.training.epochs, position.epoch >= epochs { return true }
    if let steps = job.training.steps, position.step >= steps { return true }
    return false
  }

  /// The rest of the current epoch, or up to the last step.
  private func epoch() throws {
    let schedule = job.schedule(
      epoch: position.epoch, of: data.train, parallel.microBatches)
    var meter = Meter()
    while position.stepInEpoch < schedule.stepCount, !isDone {
      let result = try step(schedule)
      meter.add(result)
      position.advance(stepsInEpoch: schedule.stepCount)
      try report(meter, schedule, result)
      if let every = job.checkpoint.everySteps, position.step % every == 0 { try save() }
      try honour(result.request)
      if position.stepInEpoch == 0 { break }
    }
    epochMeter = meter
  }

  private var epochMeter = Meter()

  private func step(_ schedule: BatchSchedule) throws -> DataParallel.StepResult {
    let current = position.stepInEpoch
    let seed = job.training.seed
    let result = try parallel.step(
      samples: schedule.positions(step: current).count, step: position.step + 1,
      learningRate: job.optimizer.schedule.learningRate(step: position.step + 1),
      request: requests.take(),
      size: { schedule.positions(step: current, microBatch: $0).count },
      load: { [readers] worker, microBatch, executor in
        try executor.load(
          step: current, microBatch: microBatch, of: schedule, seed: seed, from: readers[worker])
      })
    // The sum is the same on all ranks, so that they stop together.
    guard result.lossSum.isFinite else {
      try world.agreeing {
        throw Failure(
          .diverged,
          "the loss of step \(position.step + 1) is \(result.lossSum.isNaN ? "not a number" : "infinite"): lower the learning rate or look at the data"
        )
      }
      return result
    }
    return result
  }

  /// Does what the ranks asked for in this step.
  private func honour(_ request: Float) throws {
    guard request > StopRequest.none else { return }
    if lastCheckpoint != position.step { try save() }
    guard StopRequest.isStop(request), !isDone else { return }
    try log?.write("stop", ["step": .integer(position.step), "epoch": .integer(position.epoch)])
    if world.isRoot {
      Console.print(
        "stopped at step \(position.step) as asked; go on with --resume auto (exit code 75)")
    }
    throw AgreedFailure(exitCode: .requeue)
  }

  private func evaluate(_ source: any SampleSource) throws -> Evaluation {
    let result = try parallel.state.withAverage { try evaluator.evaluate(source) }
    try log?.write(
      "evaluate",
      [
        "split": .text("test"), "step": .integer(position.step), "epoch": .integer(position.epoch),
        "loss": .number(result.loss), "accuracy": result.accuracy.map { .number($0) } ?? .none,
      ],
      further: result.metrics.compactMap {
        guard case .number(let value) = $0.value else { return nil }
        return ($0.name, .number(value))
      })
    return result
  }

  private func save() throws {
    let start = Date()
    defer { requests.noteCheckpoint(seconds: Date().timeIntervalSince(start)) }
    let path = try world.agreeing { () -> String? in
      guard world.isRoot else { return nil }
      return try store.save(
        parallel.state, position, job, worldSize: world.size,
        texts: data.train.texts)
    }
    lastCheckpoint = position.step
    if let path {
      try log?.write("checkpoint", ["step": .integer(position.step), "path": .text(path)])
    }
  }

  // MARK: - Reporting

  private func announce(from checkpoint: String?, threads: Int) throws {
    guard world.isRoot else { return }
    let state = parallel.state
    let parameters = state.map.entries.reduce(0) { $0 + ($1.isTrained ? $1.shape.count : 0) }
    try log?.write(
      checkpoint == nil ? "start" : "resume",
      [
        "step": .integer(position.step), "epoch": .integer(position.epoch),
        "ranks": .integer(world.size), "threads": .integer(threads),
        "microBatches": .integer(parallel.microBatches), "parameters": .integer(parameters),
        "samples": .integer(data.train.epochCount), "allReduce": .text(parallel.algorithm),
      ])
    Console.print(
      "\(world.size) \(world.size == 1 ? "rank" : "ranks") x \(threads) \(threads == 1 ? "thread" : "threads"), \(parallel.microBatches) \(parallel.microBatches == 1 ? "micro-batch" : "micro-batches") a step, all-reduce \(parallel.algorithm); \(parameters) parameters, \(data.train.epochCount) samples"
    )
    if let checkpoint {
      Console.print(
        "resuming at step \(position.step) (epoch \(position.epoch)) from \(checkpoint)")
    }
  }

  private func report(
    _ meter: Meter, _ schedule: BatchSchedule, _ result: DataParallel.StepResult
  ) throws {
    guard world.isRoot else { return }
    let step = position.stepInEpoch == 0 ? schedule.stepCount : position.stepInEpoch
    progress.step(
      epoch: schedule.epoch, step: step, of: schedule.stepCount, loss: meter.loss,
      samplesPerSecond: meter.samplesPerSecond)
    try log?.write(
      "train",
      [
        "step": .integer(position.step), "epoch": .integer(schedule.epoch),
        "loss": .number(Double(result.lossSum) / Double(result.samples)),
        "samplesPerSecond": .number(meter.samplesPerSecond),
        "learningRate": .number(job.optimizer.schedule.learningRate(step: position.step)),
      ])
  }

  private func showEpoch(_ evaluation: Evaluation?) {
    guard world.isRoot else { return }
    progress.epoch(
      position.epoch - 1, loss: epochMeter.loss, accuracy: epochMeter.accuracy, test: evaluation,
      samplesPerSecond: epochMeter.samplesPerSecond)
  }
}
