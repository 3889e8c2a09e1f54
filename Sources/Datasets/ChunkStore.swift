// Note [Where samples wait]
//
//     file      | chunk 0 | chunk 1 | chunk 2 | ...        stored type, checksummed, filtered
//                    | read whole: ahead by a thread of its own, or when one of its samples is asked for
//     memory    | chunk 0 |    -    | chunk 2 |            stored type: the smallest
//                    | converted and normalised on every read: one pass over the sample
//     caller    [ float32 rows in the order that was asked for ]
//
// A split that fits into the limit stays in memory (`ResidentChunks`); of a larger one as many chunks
// as fit stay, and the one that was used longest ago goes (`RollingChunks`).

/// Chunks of a split in memory.
protocol ChunkStore: AnyObject, Sendable {
  /// Calls `body` with the features and the labels of a row, in memory while it runs. Loads the chunk
  /// if it is not there; blocks. Several threads may call at once.
  func withRow(
    _ row: Int, of shard: Int,
    _ body: (UnsafeRawPointer, UnsafeRawPointer) throws(DatasetError) -> Void
  ) throws(DatasetError)

  /// Makes sure that a chunk is in memory, and young; blocks while it is loaded.
  func load(chunk: Int) throws(DatasetError)

  /// Whether everything is in memory, to stay.
  var isWhole: Bool { get }

  /// Chunks that fit into memory at once.
  var capacity: Int { get }
}
