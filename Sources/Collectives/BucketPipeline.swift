public import MPI

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
  private var ready = 0
  private var started = 0
  private var ended = 0

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
    precondition(started == ended, "bucket \(ended) is under way")
    (ready, started, ended) = (0, 0, 0)
  }

  /// Whether a bucket is under way, or could be.
  public var isBusy: Bool { ended < ready }

  /// Says that the first `count` buckets are ready.
  public func markReady(_ count: Int) { ready = max(ready, count) }

  /// Moves on what is ready, without waiting for other ranks.
  public func progress() throws(MPIError) {
    _ = try advance(waiting: false)
  }

  /// Moves on to the end of all buckets, which are all ready. Blocks.
  public func finish() throws(MPIError) {
    ready = buckets.count
    guard try !advance(waiting: false) else { return }
    for observer in observers { observer.waitStarted(for: ended) }
    _ = try advance(waiting: true)
    for observer in observers { observer.waitEnded() }
  }

  /// Gives up after an error.
  public func abandon() {
    for reduction in reductions { reduction.abandon() }
    started = ended
  }

  private func advance(waiting: Bool) throws(MPIError) -> Bool {
    do throws(MPIError) {
      while ended < ready {
        if started == ended {
          for observer in observers { observer.bucketStarted(started) }
          started += 1
          try reductions[ended].start(parts[ended], into: results[ended], scaledBy: 1)
        }
        guard try reductions[ended].advance(waiting: waiting) else { return false }
        for observer in observers { observer.bucketEnded(ended) }
        ended += 1
      }
      return true
    } catch {
      abandon()
      throw error
    }
  }
}
