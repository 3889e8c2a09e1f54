import Checkpoints
import Parallelism

extension Trainer {
  /// Deals with a step whose loss or gradient cannot be used. Collective: all ranks have seen the same.
  ///
  /// - Throws: `AgreedFailure` with exit code 77 when nothing is left to be tried.
  func handle(
    _ complaint: String, _ result: DataParallel.StepResult
  ) throws -> Recovery.Verdict {
    let step = state.position.step + 1
    let verdict = recovery.verdict(state.recovery)
    switch verdict {
    case .take: return verdict
    case .skip:
      state.recovery.skipped += 1
      state.skipped += 1
      tell("skip", step, "\(complaint): left out (\(state.recovery.skipped) in a row)", complaint)
    case .goBack:
      guard try goBack(from: step, complaint) else { try end(step, complaint) }
    case .end: try end(step, complaint)
    }
    return verdict
  }

  /// Whether a gradient that is not finite is so by the scale of the loss, which is then lowered. The
  /// same on all ranks, as the gradient is.
  func lowersLossScale() -> Bool {
    guard hasDynamicLossScale, state.scaler.canBackOff else { return false }
    let reason = "the gradient is not finite at a loss scale of \(state.scaler)"
    state.scaler.backOff()
    state.skipped += 1
    tell(
      "skip", state.position.step + 1,
      "\(reason): left out, the scale is now \(state.scaler)", reason)
    return true
  }

  /// Whether the scale of the loss follows the gradients.
  var hasDynamicLossScale: Bool { job.training.lossScale == nil }

  /// Loads the newest good checkpoint and lowers the learning rate; false if there is none.
  private func goBack(from step: Int, _ complaint: String) throws -> Bool {
    try settle()
    guard let checkpoint = try Self.checkpoint(for: .auto, folder, world) else { return false }
    let before = state.recovery
    isWhole = false
    state = try Self.load(checkpoint, into: parallel, job, world)
    isWhole = true
    state.recovery = recovery.afterGoingBack(before, to: state.recovery)
    lastCheckpoint = state.position.step
    tell(
      "rollback", step,
      "\(complaint): back to step \(state.position.step), learning rate x \(state.recovery.rateFactor)",
      complaint)
    return true
  }

  private func tell(_ event: String, _ step: Int, _ text: String, _ reason: String) {
    guard world.isRoot else { return }
    Console.error("trireme: warning: step \(step): \(text)")
    log?.write(event, ["step": .integer(step), "reason": .text(reason)])
  }

  private func end(_ step: Int, _ complaint: String) throws -> Never {
    try settle()
    let first = try parallel.firstNonFinite().map {
      "; the first tensor with an element that is not finite is "
        + ($0.isGradient ? "the gradient of \($0.path)" : $0.path)
    }
    try world.agreeing {
      throw Failure(
        .diverged,
        "step \(step): \(complaint)\(first ?? ""): lower the learning rate or look at the data"
      )
    }
    throw AgreedFailure(exitCode: .diverged)
  }
}
