/// Which samples each step and micro-batch of one epoch trains on.
///
///     positions of the epoch's order         0 1 2 3 4 5 6 7 8 9        N = 10
///     steps, global batch 4                  [0     ][1     ][2 ]
///     micro-batches, K = 2                   [0 ][1 ][0 ][1 ][0][1]
///
/// A function of its settings alone: ranks share out micro-batches, never samples, so that the
/// schedule is the same for every number of ranks. The last, shorter batch is used as it is.
public struct BatchSchedule: Sendable {
  /// Samples of a step, over all ranks.
  public let globalBatch: Int
  /// Parts of a step that are summed in a fixed order.
  public let microBatches: Int
  /// The epoch, from 0.
  public let epoch: Int
  /// The order of the samples in this epoch.
  public let order: SampleOrder
  private let orders: @Sendable (Int) -> SampleOrder

  /// The schedule of one epoch in which all samples are shuffled.
  ///
  /// - Parameter epochCount: Samples of an epoch, which takes the first so many of its own order of all;
  ///   all if nil.
  /// - Precondition: `globalBatch` and `microBatches` are positive, an epoch has no more samples than
  ///   the split.
  public init(
    sampleCount: Int, epochCount: Int? = nil, globalBatch: Int, microBatches: Int, seed: UInt64,
    epoch: Int
  ) {
    self.init(globalBatch: globalBatch, microBatches: microBatches, epoch: epoch) {
      SampleOrder(
        count: epochCount ?? sampleCount, of: sampleCount, seed: seed, epoch: $0)
    }
  }

  /// The schedule of one epoch.
  ///
  /// - Parameter orders: The order of each epoch's samples.
  /// - Precondition: `globalBatch` and `microBatches` are positive.
  public init(
    globalBatch: Int, microBatches: Int, epoch: Int,
    orders: @escaping @Sendable (Int) -> SampleOrder
  ) {
    precondition(globalBatch > 0 && microBatches > 0, "batch \(globalBatch) in \(microBatches)")
    (self.globalBatch, self.microBatches, self.epoch) = (globalBatch, microBatches, epoch)
    self.orders = orders
    order = orders(epoch)
  }

  /// The schedule of the next epoch.
  var following: BatchSchedule {
    BatchSchedule(
      globalBatch: globalBatch, microBatches: microBatches, epoch: epoch + 1, orders: orders)
  }

  /// Whether this is the same epoch of the same training as `other`, as far as numbers tell.
  func isSame(as other: BatchSchedule) -> Bool {
    epoch == other.epoch && hasSameSteps(as: other)
  }

  /// Whether `other` is the next epoch.
  func isFollowed(by other: BatchSchedule) -> Bool {
    epoch + 1 == other.epoch && hasSameSteps(as: other)
  }

  private func hasSameSteps(as other: BatchSchedule) -> Bool {
    (globalBatch, microBatches, sampleCount)
      == (other.globalBatch, other.microBatches, other.sampleCount)
  }

  /// Positions of the epoch.
  public var sampleCount: Int { order.count }

  /// Steps of the epoch.
  public var stepCount: Int {
    sampleCount == 0 ? 0 : (sampleCount - 1) / globalBatch + 1
  }

  /// Largest number of samples in one micro-batch.
  public var largestMicroBatch: Int {
    (min(globalBatch, sampleCount) + microBatches - 1) / microBatches
  }

  /// Positions of the order that step `step` covers.
  public func positions(step: Int) -> Range<Int> {
    precondition(step >= 0 && step < stepCount, "step \(step) of \(stepCount)")
    return step * globalBatch..<min(sampleCount, (step + 1) * globalBatch)
  }

  /// Positions that micro-batch `microBatch` of step `step` covers.
  ///
  /// Sizes differ by at most one, the larger come first; in a short batch some may be empty.
  public func positions(step: Int, microBatch: Int) -> Range<Int> {
    precondition(
      microBatch >= 0 && microBatch < microBatches, "micro-batch \(microBatch) of \(microBatches)")
    let whole = positions(step: step)
    let (size, larger) = whole.count.quotientAndRemainder(dividingBy: microBatches)
    let start = whole.lowerBound + microBatch * size + min(microBatch, larger)
    return start..<(start + size + (microBatch < larger ? 1 : 0))
  }

  /// Positions that neighbouring micro-batches of step `step` cover together.
  func positions(step: Int, microBatches part: Range<Int>) -> Range<Int> {
    guard let last = part.last else { return 0..<0 }
    return positions(step: step, microBatch: part.lowerBound)
      .lowerBound..<positions(step: step, microBatch: last).upperBound
  }
}
