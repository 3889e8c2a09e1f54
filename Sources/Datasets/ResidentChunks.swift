import CKernels
import Glibc
import Synchronization

/// All chunks of a split in one piece of memory: of this process, or shared by the ranks of a node,
/// which then load each chunk once between them.
///
///     | state of each chunk, 8 bytes | count of loaded chunks | features, by sample | labels |
///
/// Pages of chunks that were never loaded are never touched, so they cost no memory.
final class ResidentChunks: ChunkStore, @unchecked Sendable {
  // Sendable: a chunk is written by the one thread that moved its state from empty to loading, and
  // read by those that have seen the state loaded.
  private enum State {
    static let empty: UInt64 = 0
    static let loading: UInt64 = 1
    static let loaded: UInt64 = 2
  }

  let chunks: ShardChunks
  private let files: ShardFiles
  private let states: UnsafeMutablePointer<UInt64>
  private let loadedCount: UnsafeMutablePointer<UInt64>
  private let features: UnsafeMutableRawPointer
  private let labels: UnsafeMutableRawPointer
  private let rowBytes: Int
  private let labelBytes: Int
  private let owned: LazyMemory?

  /// - Parameter shared: Memory of ``byteCount(_:_:)`` zeros that other processes use too; `nil` for
  ///   memory of this process.
  init(_ chunks: ShardChunks, _ files: ShardFiles, shared: UnsafeMutableRawPointer? = nil) {
    (self.chunks, self.files) = (chunks, files)
    rowBytes = files.shards[0].featureByteCount
    labelBytes = 4 * files.labelCount
    owned = shared == nil ? LazyMemory(byteCount: Self.byteCount(chunks, files)) : nil
    guard let memory = shared ?? owned?.start else { preconditionFailure("no memory at all") }
    states = memory.assumingMemoryBound(to: UInt64.self)
    loadedCount = states + chunks.count
    features = memory + Self.aligned(8 * (chunks.count + 1))
    labels = features + Self.aligned(chunks.sampleCount * rowBytes)
  }

  /// Bytes for all chunks of a split.
  static func byteCount(_ chunks: ShardChunks, _ files: ShardFiles) -> Int {
    aligned(8 * (chunks.count + 1))
      + aligned(chunks.sampleCount * files.shards[0].featureByteCount)
      + aligned(4 * chunks.sampleCount * files.labelCount)
  }

  private static func aligned(_ count: Int) -> Int { (count + 63) & ~63 }

  var isWhole: Bool { ck_flag_load(loadedCount) == UInt64(chunks.count) }
  var capacity: Int { chunks.count }

  func withRow(
    _ row: Int, of shard: Int,
    _ body: (UnsafeRawPointer, UnsafeRawPointer) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    let chunk = chunks.chunk(of: row, in: shard)
    if ck_flag_load(states + chunk) != State.loaded { try load(chunk: chunk) }
    let sample = chunks.starts[shard] + row
    try body(features + sample * rowBytes, labels + sample * labelBytes)
  }

  func load(chunk: Int) throws(DatasetError) {
    while true {
      if ck_flag_load(states + chunk) == State.loaded { return }
      if ck_flag_exchange(states + chunk, State.empty, State.loading) != 0 { break }
      usleep(50)
    }
    let (shard, rows) = chunks.rows(of: chunk)
    let sample = chunks.starts[shard] + rows.lowerBound
    do {
      try files.load(
        rows, of: shard, into: features + sample * rowBytes, labels + sample * labelBytes)
    } catch {
      // Whoever needs the chunk meets the error itself.
      ck_flag_store(states + chunk, State.empty)
      throw error
    }
    ck_flag_store(states + chunk, State.loaded)
    ck_flag_add(loadedCount, 1)
  }
}
