/// Which samples lie in which stored block of which shard.
///
///     shard   | 0                     | 1           |
///     chunk   | 0 | 1 | 2 | 3 | 4 (short) | 5 | 6 ... |
///     sample  | 0 ...                 | start of 1  |
public struct ShardChunks: Sendable {
  /// Number of the first sample of each shard.
  public let starts: [Int]
  /// Samples of each shard.
  public let counts: [Int]
  /// Samples in one chunk of each shard; its last chunk may be shorter.
  public let rowsPerChunk: [Int]
  /// Number of the first chunk of each shard, and last the number of all chunks.
  let firstChunks: [Int]

  /// The chunks of shards that follow each other.
  public init(counts: [Int], rowsPerChunk: [Int]) {
    (self.counts, self.rowsPerChunk) = (counts, rowsPerChunk)
    var (starts, chunks) = ([Int](), [0])
    var total = 0
    for (count, rows) in zip(counts, rowsPerChunk) {
      starts.append(total)
      total += count
      chunks.append((chunks.last ?? 0) + (count + rows - 1) / rows)
    }
    (self.starts, firstChunks) = (starts, chunks)
  }

  /// Number of samples.
  public var sampleCount: Int { (starts.last ?? 0) + (counts.last ?? 0) }
  /// Number of chunks.
  public var count: Int { firstChunks.last ?? 0 }

  /// The shard that holds sample `index`, and its row there.
  @inline(__always)
  func locate(_ index: Int) -> (shard: Int, row: Int) {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= index { low = middle } else { high = middle }
    }
    return (low, index - starts[low])
  }

  /// The number of the chunk that holds a row of a shard.
  @inline(__always)
  func chunk(of row: Int, in shard: Int) -> Int { firstChunks[shard] + row / rowsPerChunk[shard] }

  /// The shard and the rows of a chunk.
  func rows(of chunk: Int) -> (shard: Int, rows: Range<Int>) {
    var (low, high) = (0, counts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if firstChunks[middle] <= chunk { low = middle } else { high = middle }
    }
    let first = (chunk - firstChunks[low]) * rowsPerChunk[low]
    return (low, first..<min(first + rowsPerChunk[low], counts[low]))
  }
}
