import MPI
import Parallelism

extension Trainer {
  static func checkLaunch(_ job: Job, _ world: Communicator) throws {
    guard job.training.epochs != nil || job.training.steps != nil else {
      throw Failure(
        .usage,
        "the job has \"federated\", but neither training.epochs nor training.steps: use trireme federate, or set one"
      )
    }
    if let microBatches = job.training.microBatches, microBatches < world.size {
      throw Failure(
        .usage,
        "training.microBatches is \(microBatches), but there are \(world.size) ranks: start at most \(microBatches), or raise it"
      )
    }
    if job.parallel.onFailure == .shrink { try checkShrinking(job, world) }
    if job.training.globalBatch < world.size {
      throw Failure(
        .usage,
        "training.globalBatch is \(job.training.globalBatch), which leaves nothing for some of \(world.size) ranks: start fewer ranks, or raise it"
      )
    }
  }

  private static func checkShrinking(_ job: Job, _ world: Communicator) throws {
    guard Communicator.hasShrinking else {
      throw Failure(
        .usage,
        "parallel.onFailure is shrink, but this trireme was built with an MPI library that ends when a rank dies: leave it out, or build with Open MPI 5 (Documentation/parallel.md)"
      )
    }
    guard Communicator.canShrink || world.size == 1 else {
      throw Failure(
        .usage,
        "parallel.onFailure is shrink: start with mpirun --with-ft ulfm, so that mpirun goes on when a rank dies"
      )
    }
    if job.loading.sharedCache {
      throw Failure(
        .usage,
        "data.sharedCache waits in shared memory for ranks that may have died: leave it out, or parallel.onFailure"
      )
    }
  }

  /// The checkpoint to start from. The root decides and tells the others: it alone reads and writes
  /// the folder, which they may not even see.
  static func checkpoint(
    for resume: Resume, _ output: RunFolder, _ world: Communicator
  ) throws -> String? {
    let found = try world.agreeing { world.isRoot ? try output.start(resume) ?? "" : "" }
    let path = try world.broadcast(found, from: 0)
    return path.isEmpty ? nil : path
  }

  /// The root reads, the others get what it has read. Collective.
  static func load(
    _ path: String, into parallel: DataParallel, _ job: Job, _ world: Communicator
  ) throws -> TrainingState {
    let state = parallel.state
    let slots = state.wholeSlots()
    let read = try world.agreeing {
      world.isRoot
        ? try TrainingState(try state.load(checkpoint: path, slots: slots), job, file: path).text
        : ""
    }
    let text = try world.broadcast(read, from: 0)
    try state.adopt(slots, on: world)
    if let compressor = parallel.compressor {
      try compressor.adopt(
        try world.agreeing { world.isRoot ? try WholeState.rests(path, state.map) : [] })
      try compressor.adopt(
        factors: try world.agreeing { world.isRoot ? try WholeState.factors(path) : [] })
    }
    return TrainingState(text: text)
  }

  /// Ends the job when a rank is lost, with a last line that names it.
  static func monitor(
    _ heartbeat: Heartbeat, _ job: Job, _ world: Communicator, _ output: RunFolder
  ) throws -> RankMonitor? {
    guard world.size > 1 else { return nil }
    let metrics = world.isRoot ? output.metricsFile : nil
    var wake: (@Sendable () -> Void)?
    if job.parallel.onFailure == .shrink { wake = { world.revoke() } }
    return try RankMonitor(
      heartbeat, on: world, limit: job.parallel.timeoutSeconds,
      isTerminating: { StopRequests.isTerminating },
      wake: wake,
      end: { reason in
        if let metrics { try? MetricsLog(path: metrics).write("lost", ["reason": .text(reason)]) }
        Console.clearBar()
        abortAllRanks(
          exitCode: ExitCode.peerLost.rawValue,
          because: "\(reason); the last checkpoint resumes with --resume auto")
      })
  }
}
