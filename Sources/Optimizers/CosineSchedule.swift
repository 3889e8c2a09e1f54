import Glibc

/// Half a wave of a cosine from one rate to another (Loshchilov and Hutter 2017;
/// `torch.optim.lr_scheduler.CosineAnnealingLR`), then the last rate for ever:
/// end + (start - end) (1 + cos(pi t / steps)) / 2, t = step - 1.
public struct CosineSchedule: Schedule {
  /// The first rate.
  public var start: Double
  /// The rate after ``steps`` steps.
  public var end: Double
  /// The length of the fall.
  public var steps: Int

  /// A fall from `start` to `end` in `steps` steps.
  public init(start: Double, end: Double = 0, steps: Int) {
    self.start = start
    self.end = end
    self.steps = steps
  }

  /// The name in job files.
  public var name: String { "cosine" }

  /// The rate of step `step`, from 1.
  public func learningRate(step: Int) -> Double {
    let share = min(1, Double(step - 1) / Double(steps))
    return end + (start - end) * (1 + cos(.pi * share)) / 2
  }
}
