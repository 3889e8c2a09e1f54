/// Everything besides tensors that a training run continues from.
///
/// Random numbers need no state: they are keyed by seed, epoch and sample.
public struct CheckpointState: Sendable, Hashable {
  /// Optimizer steps taken since the start of training.
  public var step: Int
  /// The current epoch, from 0.
  public var epoch: Int
  /// Samples of the current epoch's order that are already used, over all ranks.
  public var position: Int
  /// The seed that keys all random numbers.
  public var seed: UInt64
  /// Number of ranks of the run that wrote the checkpoint. For information: a resume may use
  /// another number, and comparisons leave it out.
  public var worldSize: Int
  /// The resolved job file.
  public var jobText: String
  /// Further numbers by name, such as a schedule's.
  public var numbers: [String: Double]
  /// Further texts by name.
  public var texts: [String: String]

  /// The state after `step` steps.
  public init(
    step: Int, epoch: Int, position: Int, seed: UInt64, worldSize: Int = 1, jobText: String = "",
    numbers: [String: Double] = [:], texts: [String: String] = [:]
  ) {
    (self.step, self.epoch, self.position) = (step, epoch, position)
    (self.seed, self.worldSize) = (seed, worldSize)
    (self.jobText, self.numbers, self.texts) = (jobText, numbers, texts)
  }
}
