/// A fall along a power, then the last rate for ever (`torch.optim.lr_scheduler.PolynomialLR`, which
/// ends at 0; Keras's `PolynomialDecay`): end + (start - end) (1 - t / steps)^power, t = step - 1.
public struct PolynomialSchedule: Schedule {
  /// The first rate.
  public var start: Double
  /// The rate after ``steps`` steps.
  public var end: Double
  /// The length of the fall.
  public var steps: Int
  /// 1 is a straight line.
  public var power: Double

  /// A fall from `start` to `end` in `steps` steps.
  public init(start: Double, end: Double = 0, steps: Int, power: Double = 1) {
    self.start = start
    self.end = end
    self.steps = steps
    self.power = power
  }

  /// The name in job files.
  public var name: String { "polynomial" }

  /// The rate of step `step`, from 1.
  public func learningRate(step: Int) -> Double {
    let share = min(1, Double(step - 1) / Double(steps))
    return end + (start - end) * raise(1 - share, power)
  }
}
