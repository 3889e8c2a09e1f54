public import MPI
import Synchronization

/// What a pipeline tells of its buckets, in order, on the thread that moves it on.
public protocol BucketObserver: AnyObject {
  /// The sum of a bucket starts.
  func bucketStarted(_ bucket: Int)
  /// The sum of a bucket is complete.
  func bucketEnded(_ bucket: Int)
  /// From now on nothing is done but waiting for a bucket.
  func waitStarted(for bucket: Int)
  /// All buckets are complete.
  func waitEnded()
}

/// Sums over ranks of one array, a bucket at a time, while the rest of the array is still computed.
///
///     backward pass   ████████████████████████████████
///     ready               0       1           2      3
///     under way           000000  111111111   222222 3333
///                                                    └ finish waits for what is left
///
/// Buckets start in order, one after the other, on all ranks alike: when each becomes ready is a
/// rank's own business, and nothing needs to be negotiated. Allocates nothing after `init`.
///
/// Source: the buckets of PyTorch's DistributedDataParallel, Li et al., VLDB 2020.
public final class BucketPipeline {
  /// The places of the buckets in the array.
  public let buckets: [Range<Int>]
  /// Who is told.
  public var observers: [any BucketObserver] = []

  private let reductions: [any StartedReduction<Float>]
  private let parts: [[UnsafeMutableBufferPointer<Float>]]
  private let results: [UnsafeMutableBufferPointer<Float>]
  // Another thread than that which moves sums on may say what is ready, and see what is complete.
  private let ready = Atomic(0)
  private var started = 0
  private let ended = Atomic(0)

  /// - Parameters:
  ///   - reductions: one for each bucket; the same object may stand for many.
  ///   - buckets: places apart from each other, in the order in which they become ready; the same on
  ///     all ranks.
  ///   - parts: this rank's parts of the sum, each a whole array.
  ///   - result: where the sum goes; one of the parts, or apart from them.
  public init(
    _ reductions: [any StartedReduction<Float>], buckets: [Range<Int>],
    parts: [UnsafeMutableBufferPointer<Float>], result: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(
      reductions.count == buckets.count, "\(reductions.count) sums of \(buckets.count) buckets")
    self.reductions = reductions
    self.buckets = buckets
    self.parts = buckets.map { bucket in parts.map { $0.part(bucket) } }
    results = buckets.map { result.part($0) }
  }

  /// Forgets the last array; nothing is ready. What was under way must be finished.
  public func begin() {
    precondition(started == endedCount, "bucket \(endedCount) is under way")
    started = 0
    ready.store(0, ordering: .relaxed)
    ended.store(0, ordering: .relaxed)
  }

  /// Whether a bucket is under way, or could be.
  public var isBusy: Bool { endedCount < ready.load(ordering: .acquiring) }

  /// The buckets that are complete.
  public var endedCount: Int { ended.load(ordering: .acquiring) }

  /// Says that the first `count` buckets are ready. Any one thread.
  public func markReady(_ count: Int) { ready.max(count, ordering: .releasing) }

  /// Moves on what is ready, without waiting for other ranks.
  public func progress() throws(MPIError) {
    _ = try advance(waiting: false)
  }

  /// Moves on to the end of all buckets, which are all ready. Blocks.
  public func finish() throws(MPIError) {
    markReady(buckets.count)
    guard try !advance(waiting: false) else { return }
    for observer in observers { observer.waitStarted(for: endedCount) }
    _ = try advance(waiting: true)
    for observer in observers { observer.waitEnded() }
  }

  /// Gives up after an error.
  public func abandon() {
    for reduction in reductions { reduction.abandon() }
    started = endedCount
  }

  private func advance(waiting: Bool) throws(MPIError) -> Bool {
    do throws(MPIError) {
      while isBusy {
        let bucket = endedCount
        if started == bucket {
          for observer in observers { observer.bucketStarted(bucket) }
          started += 1
          try reductions[bucket].start(parts[bucket], into: results[bucket], scaledBy: 1)
        }
        guard try reductions[bucket].advance(waiting: waiting) else { return false }
        for observer in observers { observer.bucketEnded(bucket) }
        ended.store(bucket + 1, ordering: .releasing)
      }
      return true
    } catch {
      abandon()
      throw error
    }
  }
}
