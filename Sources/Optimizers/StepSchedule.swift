/// The rate falls by a factor at fixed distances (`torch.optim.lr_scheduler.StepLR`):
/// start * factor^floor(t / every), t = step - 1.
public struct StepSchedule: Schedule {
  /// The first rate.
  public var start: Double
  /// What the rate is multiplied with.
  public var factor: Double
  /// Steps between two falls.
  public var every: Int

  /// A schedule that falls every `every` steps.
  public init(start: Double, factor: Double = 0.1, every: Int) {
    self.start = start
    self.factor = factor
    self.every = every
  }

  /// The name in job files.
  public var name: String { "step" }

  /// The rate of step `step`, from 1.
  public func learningRate(step: Int) -> Double {
    start * raise(factor, Double((step - 1) / every))
  }
}
