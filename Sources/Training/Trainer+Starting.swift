import MPI
import Parallelism

extension Trainer {
  static func checkLaunch(_ job: Job, _ world: Communicator) throws {
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
  static func checkpoint(
    for resume: Resume, _ output: RunFolder, _ world: Communicator
  ) throws -> String? {
    let found = try world.agreeing { world.isRoot ? try output.start(resume) ?? "" : "" }
    let path = try world.broadcast(found, from: 0)
    return path.isEmpty ? nil : path
  }

  /// The root reads, the others get what it has read. Collective.
  static func load(
    _ path: String, into state: ModelState, _ job: Job, _ world: Communicator
  ) throws -> TrainingState {
    let read = try world.agreeing {
      world.isRoot
        ? try TrainingState(try state.load(checkpoint: path), job, file: path).text : ""
    }
    let text = try world.broadcast(read, from: 0)
    try state.broadcast(on: world)
    return TrainingState(text: text)
  }
}
