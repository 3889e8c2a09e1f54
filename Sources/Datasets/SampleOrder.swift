// Note [Shuffling shards]
//
//     shards     2                      0               3     ...      permuted, by epoch
//     chunks     | 7 4 0 | 9 2 5 | ...  of shard 2                     permuted, by epoch and shard
//     pools      | 7 4 0 |                                             so many chunks in a row
//     samples    mixed within the pool                                 permuted, by pool
//
// Every place is found by arithmetic, none from a table of samples. A pool is what must be in memory
// at once; chunks are read once and dropped. The last chunk of a shard, which may be shorter, stays
// last: a shard's length leaves no other place for it without a table.

/// The order of the samples in one epoch: position to sample, one-to-one.
///
/// A function of the split's layout, seed and epoch alone, the same for every number of ranks. Takes
/// memory for a few numbers a shard.
public struct SampleOrder: Sendable {
  /// Chunks that are mixed with each other when shards are shuffled.
  public static let chunksPerPool = 16

  /// Positions of an epoch.
  public let count: Int
  /// Samples from which they are taken: as many, unless samples are drawn.
  public let sources: Int
  private let kind: Kind

  private enum Kind: Sendable {
    case asStored
    case global(SamplePermutation)
    case shards(ShuffledShards)
    case drawn(ClassDraw)
    case listed([Int])
  }

  /// The order of `count` samples that are one block.
  public init(count: Int, _ shuffle: Shuffle, seed: UInt64, epoch: Int) {
    let chunks = ShardChunks(counts: [count], rowsPerChunk: [max(1, min(count, 64))])
    self.init(chunks, shuffle, seed: seed, epoch: epoch)
  }

  /// The first `count` of the order of `sources` samples: an epoch of some of them.
  public init(count: Int, of sources: Int, seed: UInt64, epoch: Int) {
    precondition(count <= sources, "an epoch of \(count) from \(sources) samples")
    (self.count, self.sources) = (count, sources)
    kind = .global(SamplePermutation(count: sources, seed: seed, epoch: epoch))
  }

  /// The order of the samples that lie in `chunks`.
  public init(_ chunks: ShardChunks, _ shuffle: Shuffle, seed: UInt64, epoch: Int) {
    count = chunks.sampleCount
    sources = count
    switch shuffle {
    case .none: kind = .asStored
    case .global: kind = .global(SamplePermutation(count: count, seed: seed, epoch: epoch))
    case .shards: kind = .shards(ShuffledShards(chunks, seed: seed, epoch: epoch))
    }
  }

  /// Batches of about equal lengths; see ``LengthGroups``. Takes a number for each sample.
  public init(_ groups: LengthGroups, epoch: Int) {
    let samples = groups.samples(epoch: epoch)
    (count, sources, kind) = (samples.count, samples.count, .listed(samples))
  }

  /// Draws by class; see ``ClassDraw``.
  public init(_ draw: ClassDraw) {
    (count, sources, kind) = (draw.count, draw.sources, .drawn(draw))
  }

  /// The sample at `position`.
  public subscript(position: Int) -> Int {
    precondition(position >= 0 && position < count, "position \(position) of \(count)")
    switch kind {
    case .asStored: return position
    case .global(let permutation): return permutation[position]
    case .shards(let shards):
      var pool: ShuffledShards.Pool?
      return shards.sample(at: position, &pool)
    case .drawn(let draw): return draw[position]
    case .listed(let samples): return samples[position]
    }
  }

  /// Calls `body` with the samples at `positions`, one after the other; faster than a subscript each.
  @inline(__always)
  func forEach<Failure: Error>(
    at positions: Range<Int>, _ body: (Int) throws(Failure) -> Void
  ) throws(Failure) {
    guard case .shards(let shards) = kind else {
      for position in positions { try body(self[position]) }
      return
    }
    var pool: ShuffledShards.Pool?
    for position in positions { try body(shards.sample(at: position, &pool)) }
  }
}

/// See Note [Shuffling shards].
private struct ShuffledShards: Sendable {
  /// The pool of the position that was asked for last: the next one is mostly of the same.
  struct Pool {
    let shard: Int
    let index: Int
    let firstChunk: Int
    let samples: SamplePermutation
  }

  let chunks: ShardChunks
  let seed: UInt64
  let epoch: Int
  /// Shards in the epoch's order, and the first position of each.
  let shards: [Int]
  let starts: [Int]
  /// The order of the whole chunks of each shard.
  let chunkOrders: [SamplePermutation]

  init(_ chunks: ShardChunks, seed: UInt64, epoch: Int) {
    (self.chunks, self.seed, self.epoch) = (chunks, seed, epoch)
    let order = SamplePermutation(count: chunks.counts.count, seed: seed, epoch: epoch, stream: 1)
    shards = chunks.counts.indices.map { order[$0] }
    var starts: [Int] = []
    var total = 0
    for shard in shards {
      starts.append(total)
      total += chunks.counts[shard]
    }
    self.starts = starts
    chunkOrders = chunks.counts.indices.map { shard in
      SamplePermutation(
        count: chunks.counts[shard] / chunks.rowsPerChunk[shard], seed: seed, epoch: epoch,
        stream: Self.stream(shard))
    }
  }

  @inline(__always)
  func sample(at position: Int, _ pool: inout Pool?) -> Int {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= position { low = middle } else { high = middle }
    }
    let shard = shards[low]
    return chunks.starts[shard] + row(position - starts[low], in: shard, &pool)
  }

  private func row(_ place: Int, in shard: Int, _ pool: inout Pool?) -> Int {
    let (size, count) = (chunks.rowsPerChunk[shard], chunks.counts[shard])
    let wholeChunks = count / size
    let poolRows = SampleOrder.chunksPerPool * size
    // The short chunk at the end is a pool of its own.
    let index = place < wholeChunks * size ? place / poolRows : Int(UInt32.max) - 1
    let current: Pool
    if let pool, pool.shard == shard, pool.index == index {
      current = pool
    } else {
      let isWhole = place < wholeChunks * size
      let first = isWhole ? index * SampleOrder.chunksPerPool : wholeChunks
      let rows =
        isWhole
        ? min(SampleOrder.chunksPerPool, wholeChunks - first) * size : count - wholeChunks * size
      current = Pool(
        shard: shard, index: index, firstChunk: first,
        samples: SamplePermutation(
          count: rows, seed: seed, epoch: epoch, stream: Self.stream(shard) + UInt64(index) + 1))
      pool = current
    }
    let mixed = mix(place - current.firstChunk * size, by: current.samples)
    guard current.firstChunk < wholeChunks else { return wholeChunks * size + mixed }
    let (chunk, rest) = mixed.quotientAndRemainder(dividingBy: size)
    return mix(current.firstChunk + chunk, by: chunkOrders[shard]) * size + rest
  }

  private func mix(_ place: Int, by permutation: SamplePermutation) -> Int {
    permutation.count < 2 ? place : permutation[place]
  }

  private static func stream(_ shard: Int) -> UInt64 { UInt64(shard + 1) << 32 }
}
