/// The rate falls by a factor at given steps (`torch.optim.lr_scheduler.MultiStepLR`).
public struct MilestoneSchedule: Schedule {
  /// The first rate.
  public var start: Double
  /// What the rate is multiplied with at each milestone.
  public var factor: Double
  /// The numbers of steps made before each fall.
  public var milestones: [Int]

  /// A schedule that falls after each of `milestones` steps.
  public init(start: Double, factor: Double = 0.1, milestones: [Int]) {
    self.start = start
    self.factor = factor
    self.milestones = milestones
  }

  /// The name in job files.
  public var name: String { "milestones" }

  /// The rate of step `step`, from 1.
  public func learningRate(step: Int) -> Double {
    start * raise(factor, Double(milestones.count { step > $0 }))
  }
}
