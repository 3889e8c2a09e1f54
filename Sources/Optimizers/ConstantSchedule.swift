/// One learning rate for all steps.
public struct ConstantSchedule: Schedule {
  /// The rate.
  public var rate: Double

  /// A schedule that stays at `rate`.
  public init(_ rate: Double) { self.rate = rate }

  /// The name in job files.
  public var name: String { "constant" }

  /// ``rate``, whatever the step.
  public func learningRate(step: Int) -> Double { rate }
}
