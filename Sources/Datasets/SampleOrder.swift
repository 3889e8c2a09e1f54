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
    case .shards(let shards): return shards[position]
    case .drawn(let draw): return draw[position]
    }
  }
}

/// See Note [Shuffling shards].
private struct ShuffledShards: Sendable {
  let chunks: ShardChunks
  let seed: UInt64
  let epoch: Int
  /// Shards in the epoch's order, and the first position of each.
  let shards: [Int]
  let starts: [Int]

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
  }

  subscript(position: Int) -> Int {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= position { low = middle } else { high = middle }
    }
    let shard = shards[low]
    return chunks.starts[shard] + row(position - starts[low], in: shard)
  }

  private func row(_ place: Int, in shard: Int) -> Int {
    let (size, count) = (chunks.rowsPerChunk[shard], chunks.counts[shard])
    let wholeChunks = count / size
    let stream = UInt64(shard + 1) << 32
    guard place < wholeChunks * size else {
      let first = wholeChunks * size
      return first + mix(place - first, of: count - first, stream + UInt64(UInt32.max))
    }
    let pool = place / (SampleOrder.chunksPerPool * size)
    let firstChunk = pool * SampleOrder.chunksPerPool
    let poolSize = min(SampleOrder.chunksPerPool, wholeChunks - firstChunk) * size
    let mixed = mix(place - firstChunk * size, of: poolSize, stream + UInt64(pool) + 1)
    let chunk = mix(firstChunk + mixed / size, of: wholeChunks, stream)
    return chunk * size + mixed % size
  }

  private func mix(_ place: Int, of count: Int, _ stream: UInt64) -> Int {
    count < 2
      ? place : SamplePermutation(count: count, seed: seed, epoch: epoch, stream: stream)[place]
  }
}
