/// The linear scaling rule (Goyal et al. 2017): with k times the global batch, k times the rate.
///
/// A job's global batch is the sum over ranks, so that ranks alone change nothing; who gives each
/// further rank as many samples as the first raises the batch with the ranks, and with it the rate.
public struct LinearScaling: Schedule {
  /// The global batch for which the rates of ``schedule`` were found.
  public var referenceBatch: Int
  /// The global batch in use.
  public var batch: Int
  /// The rates at the reference batch.
  public var schedule: any Schedule

  /// `schedule` times `batch / referenceBatch`.
  public init(referenceBatch: Int, batch: Int, of schedule: any Schedule) {
    self.referenceBatch = referenceBatch
    self.batch = batch
    self.schedule = schedule
  }

  /// The name of the schedule that is scaled.
  public var name: String { schedule.name }

  /// The rate of step `step`, from 1.
  public func learningRate(step: Int) -> Double {
    schedule.learningRate(step: step) * Double(batch) / Double(referenceBatch)
  }

  /// That of the schedule that is scaled.
  public var plateauRule: ReduceOnPlateau? { schedule.plateauRule }

  /// Whether both scale equal schedules alike.
  public static func == (a: LinearScaling, b: LinearScaling) -> Bool {
    a.referenceBatch == b.referenceBatch && a.batch == b.batch && a.schedule.isEqual(to: b.schedule)
  }

  /// Feeds both batches and the schedule to `hasher`.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(referenceBatch)
    hasher.combine(batch)
    schedule.hash(into: &hasher)
  }
}
