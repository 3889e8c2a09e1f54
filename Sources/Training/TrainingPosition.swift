/// How far a training has come: what a resume needs beside the parameters.
public struct TrainingPosition: Hashable, Sendable {
  /// Updates of the parameters since the beginning.
  public var step = 0
  /// Whole passes over the train split.
  public var epoch = 0
  /// Steps of the current epoch that are done.
  public var stepInEpoch = 0

  /// Counts one step of an epoch of `stepsInEpoch`.
  mutating func advance(stepsInEpoch: Int) {
    step += 1
    stepInEpoch += 1
    if stepInEpoch == stepsInEpoch {
      stepInEpoch = 0
      epoch += 1
    }
  }
}
