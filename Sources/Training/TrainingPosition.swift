/// How far a training has come: what a resume needs beside the parameters.
public struct TrainingPosition: Hashable, Sendable {
  /// Updates of the parameters since the beginning.
  public var step: Int
  /// Whole passes over the train split.
  public var epoch: Int
  /// Steps of the current epoch that are done.
  public var stepInEpoch: Int

  package init(step: Int = 0, epoch: Int = 0, stepInEpoch: Int = 0) {
    (self.step, self.epoch, self.stepInEpoch) = (step, epoch, stepInEpoch)
  }

  /// Counts one step of an epoch of `stepsInEpoch`.
  package mutating func advance(stepsInEpoch: Int) {
    step += 1
    stepInEpoch += 1
    if stepInEpoch == stepsInEpoch {
      stepInEpoch = 0
      epoch += 1
    }
  }
}
