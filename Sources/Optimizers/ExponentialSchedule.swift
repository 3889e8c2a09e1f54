/// The rate falls by a factor, evenly spread over so many steps: start * factor^(t / every),
/// t = step - 1. With `every` = 1 PyTorch's `ExponentialLR`, else Keras's `ExponentialDecay`.
public struct ExponentialSchedule: Schedule {
  /// The first rate.
  public var start: Double
  /// What the rate has been multiplied with after ``every`` steps.
  public var factor: Double
  /// Steps for one factor.
  public var every: Int

  /// A schedule that falls by `factor` in `every` steps.
  public init(start: Double, factor: Double, every: Int = 1) {
    self.start = start
    self.factor = factor
    self.every = every
  }

  /// The name in job files.
  public var name: String { "exponential" }

  /// The rate of step `step`, from 1.
  public func learningRate(step: Int) -> Double {
    start * raise(factor, Double(step - 1) / Double(every))
  }
}
