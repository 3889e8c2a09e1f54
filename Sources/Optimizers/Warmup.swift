/// A straight rise to the first rate of another schedule, which follows (Goyal et al. 2017):
/// step / steps times that rate in steps 1 to `steps`; the other schedule then counts from 1.
public struct Warmup: Schedule {
  /// The length of the rise.
  public var steps: Int
  /// What follows.
  public var schedule: any Schedule

  /// A rise of `steps` steps before `schedule`.
  public init(steps: Int, before schedule: any Schedule) {
    self.steps = steps
    self.schedule = schedule
  }

  /// The name of the schedule that follows.
  public var name: String { schedule.name }

  /// The rate of step `step`, from 1.
  public func learningRate(step: Int) -> Double {
    step > steps
      ? schedule.learningRate(step: step - steps)
      : schedule.learningRate(step: 1) * Double(step) / Double(steps)
  }

  /// That of the schedule that follows.
  public var plateauRule: ReduceOnPlateau? { schedule.plateauRule }

  /// Whether both rise alike and equal schedules follow.
  public static func == (a: Warmup, b: Warmup) -> Bool {
    a.steps == b.steps && a.schedule.isEqual(to: b.schedule)
  }

  /// Feeds the length and what follows to `hasher`.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(steps)
    schedule.hash(into: &hasher)
  }
}
