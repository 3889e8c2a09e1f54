public import Collectives
import MPI

/// What the sums over ranks take of this rank's time, added up since it was made.
///
///     computing      ██████████████████████████████░░░░░░░██████
///     buckets            000000  111111111   22222222222222
///     under way          ├────┤  ├───────┤   ├────────────┤
///     waited                                   ├─────┤
///
/// Two looks at the clock a bucket and two a step, some 0.1 microseconds.
public final class StepClock {
  /// Seconds in which a bucket was under way.
  public private(set) var underWay = 0.0
  /// Seconds in which nothing was done but waiting for a bucket.
  public private(set) var waited = 0.0
  private var bucketStart = 0.0
  private var waitStart = 0.0

  /// Nothing yet.
  public init() {}
}

extension StepClock: BucketObserver {
  /// Keeps the time.
  public func bucketStarted(_ bucket: Int) { bucketStart = wallClock() }

  /// Adds the time since the start.
  public func bucketEnded(_ bucket: Int) { underWay += wallClock() - bucketStart }

  /// Keeps the time.
  public func waitStarted(for bucket: Int) { waitStart = wallClock() }

  /// Adds the time since the start.
  public func waitEnded() { waited += wallClock() - waitStart }
}
