/// Which samples each step and micro-batch of one epoch trains on.
///
///     positions of the epoch's permutation   0 1 2 3 4 5 6 7 8 9        N = 10
///     steps, global batch 4                  [0     ][1     ][2 ]
///     micro-batches, K = 2                   [0 ][1 ][0 ][1 ][0][1]
///
/// A function of its five numbers alone: ranks share out micro-batches, never samples, so that the
/// schedule is the same for every number of ranks. The last, shorter batch is used as it is.
public struct BatchSchedule: Sendable {
  /// Samples in the split.
  public let sampleCount: Int
  /// Samples of a step, over all ranks.
  public let globalBatch: Int
  /// Parts of a step that are summed in a fixed order.
  public let microBatches: Int
  /// The epoch, from 0.
  public let epoch: Int
  /// The order of the samples in this epoch.
  public let permutation: SamplePermutation

  /// The schedule of one epoch.
  ///
  /// - Precondition: `globalBatch` and `microBatches` are positive.
  public init(sampleCount: Int, globalBatch: Int, microBatches: Int, seed: UInt64, epoch: Int) {
    precondition(globalBatch > 0 && microBatches > 0, "batch \(globalBatch) in \(microBatches)")
    (self.sampleCount, self.globalBatch) = (sampleCount, globalBatch)
    (self.microBatches, self.epoch) = (microBatches, epoch)
    permutation = SamplePermutation(count: sampleCount, seed: seed, epoch: epoch)
  }

  /// Steps of the epoch.
  public var stepCount: Int {
    sampleCount == 0 ? 0 : (sampleCount - 1) / globalBatch + 1
  }

  /// Largest number of samples in one micro-batch.
  public var largestMicroBatch: Int {
    (min(globalBatch, sampleCount) + microBatches - 1) / microBatches
  }

  /// Positions of the permutation that step `step` covers.
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
}
