import Checkpoints
import Foundation

extension Trainer {
  /// Starts a checkpoint; the training goes on while it is written. Collective.
  func save(isLast: Bool = false) throws {
    lastCheckpoint = state.position.step
    requests.noteSave()
    try settle()
    let isShared = job.checkpoint.layout == .perRank
    let whole = try noting("checkpoint") { try WholeState(of: parallel, onAllRanks: isShared) }
    if isShared {
      let token = try world.broadcast(
        world.isRoot ? String(UInt64.random(in: 0...(.max)), radix: 16) : "", from: 0)
      let part = CheckpointPart(index: world.rank, count: world.size, token: token)
      parts.begin(
        whole,
        PartStore.Pending(
          description: description, optimizer: whole.optimizerDescriptions,
          best: state.best?.step, part: part)
      )
    } else if world.isRoot {
      store.begin(whole, description, best: state.best?.step, makesRoom: isLast)
    }
  }

  /// Deals with a checkpoint whose writing has ended meanwhile. Collective.
  func collectSaved() throws {
    if parts.isTimeToAsk(at: state.position.step) { try joinParts(waiting: false) }
    if world.isRoot, let outcome = store.take(waiting: false) { tell(outcome) }
  }

  /// Waits until the last checkpoint has been written, or could not be. Collective.
  func settle() throws {
    if parts.pending != nil { try joinParts(waiting: true) }
    if world.isRoot, let outcome = store.take(waiting: true) { tell(outcome) }
  }

  /// Lets the root join the parts of a checkpoint when all have been written. Collective.
  private func joinParts(waiting: Bool) throws {
    guard let pending = parts.pending else { return }
    let (busy, done, failed) = (Int64(1), Int64(2), Int64(0))
    let result = parts.result(waiting: waiting)
    let own =
      switch result {
      case nil: busy
      case .success: done
      case .failure: failed
      }
    let worst = try world.allReduce(own, .minimum)
    guard worst != busy else { return }
    parts.settle()
    let step = pending.description.step
    if case .failure(let error) = result {
      Console.error("trireme: warning: rank \(world.rank) on \(world.processorName): \(error)")
    }
    guard world.isRoot else { return }
    if worst == failed {
      tell(.init(step: step, seconds: 0, result: .failure(.partsMissing(step: step))))
    } else {
      if let outcome = store.take(waiting: true) { tell(outcome) }
      store.join(
        parallel.state.map, optimizer: pending.optimizer, pending.description, parts: world.size,
        token: pending.part.token, best: pending.best)
    }
  }

  /// Waits until the last checkpoint is on the disk, and tries once more if it could not be written.
  /// Collective.
  ///
  /// - Throws: `AgreedFailure` after the root has said why there is no checkpoint of this step.
  func finishSaving() throws {
    try settle()
    guard try !isSaved() else { return }
    try save(isLast: true)
    try settle()
    guard try !isSaved() else { return }
    try world.agreeing {
      guard world.isRoot else { return }
      let newest = store.newest.map { "the newest is of step \($0)" } ?? "there is none"
      throw Failure(
        .inputOutput,
        "the checkpoint of step \(state.position.step) could not be written (see above), and the run ends here; \(newest): mend the cause and start again with --resume auto"
      )
    }
  }

  /// Whether the root has a good checkpoint of this step. Collective.
  private func isSaved() throws -> Bool {
    let own = world.isRoot && store.newest == state.position.step
    return try world.allReduce(Int64(own ? 1 : 0), .maximum) == 1
  }

  /// Does what the ranks asked for in this step.
  func honour(_ request: Float) throws {
    guard request > StopRequest.none else { return }
    if lastCheckpoint != state.position.step { try save() }
    guard StopRequest.isStop(request), !isDone else { return }
    try finishSaving()
    let position = state.position
    log?.write("stop", ["step": .integer(position.step), "epoch": .integer(position.epoch)])
    if world.isRoot {
      Console.print(
        "stopped at step \(position.step) as asked; go on with --resume auto (exit code 75)")
    }
    throw AgreedFailure(exitCode: .requeue)
  }

  /// Notes an evaluation if it is the best so far.
  func consider(_ evaluation: Evaluation) {
    guard let name = job.checkpoint.best,
      let value = evaluation.value(of: name), !value.isNaN
    else { return }
    let prefersLess =
      name == "loss" || job.metrics.list.contains { $0.valueName == name && $0.prefersLess }
    if let best = state.best, prefersLess ? value >= best.value : value <= best.value { return }
    state.best = BestEvaluation(value: value, step: state.position.step)
  }

  /// Everything beside tensors.
  private var description: CheckpointState {
    CheckpointState(
      step: state.position.step, epoch: state.position.epoch,
      position: state.position.stepInEpoch * job.training.globalBatch, seed: job.training.seed,
      worldSize: world.size, jobText: job.yaml, numbers: state.numbers,
      texts: data.train.texts)
  }

  func tell(_ outcome: CheckpointStore.Outcome) {
    requests.noteCheckpoint(seconds: outcome.seconds)
    switch outcome.result {
    case .success(let path):
      log?.write(
        "checkpoint",
        [
          "step": .integer(outcome.step), "path": .text(path), "seconds": .number(outcome.seconds),
        ])
      if let error = outcome.tidying {
        Console.error(
          "trireme: warning: the checkpoint is good, but those beside it could not be put in order: \(error)"
        )
      }
    case .failure(let error):
      let newest = store.newest.map { "that of step \($0) is untouched" } ?? "there is none yet"
      Console.error(
        "trireme: warning: no checkpoint of step \(outcome.step): \(error)\n  \(newest); the run goes on and tries again at the next point"
      )
      log?.write(
        "checkpointFailed", ["step": .integer(outcome.step), "reason": .text("\(error)")])
    }
  }

  /// Sees that the log's last lines are on the disk. Collective.
  func endLog() throws {
    try world.agreeing { try log?.finish() }
  }
}

extension Evaluation {
  /// `loss`, `accuracy`, or what a metric reports under this name.
  func value(of name: String) -> Double? {
    switch name {
    case "loss": return loss
    case "accuracy": return accuracy
    default:
      guard case .number(let value)? = metrics.first(where: { $0.name == name })?.value else {
        return nil
      }
      return value
    }
  }
}
