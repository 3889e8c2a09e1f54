public import Collectives
import Synchronization

/// What this rank does, as the others are told: set by the thread that trains, read by the monitor's.
public final class Heartbeat: Sendable {
  private let sequence = Atomic<Int64>(0)
  private let step = Atomic<Int64>(0)
  private let bucket = Atomic<Int64>(0)
  private let isWaiting = Atomic<Int64>(0)

  /// Nothing done yet.
  public init() {}

  /// A step begins, counted from 1.
  func stepStarted(_ number: Int) { step.store(Int64(number), ordering: .relaxed) }

  var state: RankTable.State {
    RankTable.State(
      sequence: sequence.load(ordering: .relaxed), step: step.load(ordering: .relaxed),
      bucket: bucket.load(ordering: .relaxed), isWaiting: isWaiting.load(ordering: .relaxed))
  }
}

extension Heartbeat: BucketObserver {
  /// Counts the sum.
  public func bucketStarted(_ bucket: Int) {
    self.bucket.store(Int64(bucket), ordering: .relaxed)
    sequence.wrappingAdd(1, ordering: .relaxed)
  }

  /// Nothing to tell.
  public func bucketEnded(_ bucket: Int) {}

  /// Says that this rank waits.
  public func waitStarted(for bucket: Int) { isWaiting.store(1, ordering: .relaxed) }

  /// Says that it goes on.
  public func waitEnded() { isWaiting.store(0, ordering: .relaxed) }
}
