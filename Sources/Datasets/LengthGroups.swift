// Note [Batches of equal lengths]
//
//     epoch's order   | 9 3 7 | 2 8 4 | 5 3 9 | 6 2 2 | ...     lengths of its samples
//     pool            | 9 9 8 | 7 6 5 | 4 3 3 | 2 2 2 |         sorted, cut into batches
//     batches         | 4 3 3 | 9 9 8 | 2 2 2 | 7 6 5 |         mixed over all pools
//
// A batch takes as many steps as its longest sample, so sorted ones waste few. Pools of 50 batches keep
// it random which samples meet. The last batch, if it is short, stays last.

/// Puts samples of about the same length into the same batch.
public struct LengthGroups: Sendable {
  /// Batches that are sorted together.
  public static let batchesPerPool = 50

  private let lengths: [Int]
  private let batch: Int
  private let seed: UInt64

  /// Groups of `batch` samples; `lengths` has that of each sample.
  public init(lengths: [Int], batch: Int, seed: UInt64) {
    (self.lengths, self.batch, self.seed) = (lengths, max(1, batch), seed)
  }

  /// The samples of an epoch in their order. Takes a number for each sample.
  func samples(epoch: Int) -> [Int] {
    let count = lengths.count
    let order = SamplePermutation(count: count, seed: seed, epoch: epoch)
    let poolSize = batch * Self.batchesPerPool
    let whole = count / batch
    let batches = SamplePermutation(count: whole, seed: seed, epoch: epoch, stream: 1)
    var sorted: [Int] = []
    sorted.reserveCapacity(count)
    for start in stride(from: 0, to: count, by: poolSize) {
      let pool = (start..<min(start + poolSize, count)).map { order[$0] }
      // Equal lengths keep the epoch's order.
      let places = pool.indices.sorted {
        (lengths[pool[$1]], $0) < (lengths[pool[$0]], $1)
      }
      sorted += places.map { pool[$0] }
    }
    var result: [Int] = []
    result.reserveCapacity(count)
    for place in 0..<whole {
      let start = (whole < 2 ? place : batches[place]) * batch
      result += sorted[start..<start + batch]
    }
    return result + sorted[(whole * batch)...]
  }
}
