import Optimizers

// Schedules that look at the loss of each epoch's evaluation.

extension Trainer {
  /// Lets the schedule see an evaluation at the end of an epoch. All ranks see the same.
  func observe(_ evaluation: Evaluation?) {
    guard let rule = job.optimizer.schedule.plateauRule, let evaluation else { return }
    state.plateau.observe(evaluation.loss, rule)
  }

  /// Whether the run starts behind an epoch whose evaluation the schedule has not seen: a checkpoint
  /// of an epoch's last step is written before it.
  var lacksEvaluation: Bool {
    job.optimizer.schedule.plateauRule != nil && state.position.stepInEpoch == 0
      && state.plateau.evaluations < state.position.epoch
  }
}
