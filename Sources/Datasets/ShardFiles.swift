import HDF5
import Synchronization

/// Reads rows of shards from their files, as stored and checked. Calls take turns: HDF5 works for one
/// thread at a time.
final class ShardFiles: @unchecked Sendable {
  let shards: [Shard]
  /// 32-bit labels of a sample.
  let labelCount: Int
  /// Labels are checked against this; set before the files are shared.
  var classCount: Int?

  private let turn = Mutex(())
  private var files: OpenShards
  private var scratch = ShardScratch()

  /// - Parameter open: The files that are open already, in the order of the shards.
  init(_ shards: [Shard], open: [OpenShards.Shard]) {
    self.shards = shards
    let first = shards[0]
    labelCount = first.labelType == nil ? 0 : first.labelShape.reduce(1, *)
    files = OpenShards(paths: shards.map(\.path), open: open)
  }

  /// Reads rows of a shard: features as stored, labels as checked 32-bit values. Blocks.
  func load(
    _ rows: Range<Int>, of shard: Int, into features: UnsafeMutableRawPointer,
    _ labels: UnsafeMutableRawPointer
  ) throws(DatasetError) {
    try turn.withLock { (_) throws(DatasetError) in
      try loadInTurn(rows, of: shard, into: features, labels)
    }
  }

  private func loadInTurn(
    _ rows: Range<Int>, of shard: Int, into features: UnsafeMutableRawPointer,
    _ labels: UnsafeMutableRawPointer
  ) throws(DatasetError) {
    let description = shards[shard]
    let target = UnsafeMutableRawBufferPointer(
      start: features, count: rows.count * description.featureByteCount)
    try retrying(shard) { (file) throws(HDF5Error) in
      if try !readChunk(rows, of: file, into: target) {
        try file.features.readRows(rows, as: description.featureType, into: target)
      }
    }
    guard labelCount > 0, let type = description.labelType else { return }
    try loadLabels(rows, of: shard, type, into: labels)
  }

  /// Reads rows that are a chunk, or the last one's part, past the pipeline; false if that cannot be.
  private func readChunk(
    _ rows: Range<Int>, of file: OpenShards.Shard, into target: UnsafeMutableRawBufferPointer
  ) throws(HDF5Error) -> Bool {
    guard let chunks = file.chunks, rows.lowerBound % chunks.rows == 0, rows.count <= chunks.rows
    else { return false }
    return try chunks.read(
      at: rows.lowerBound, into: target, scratch: scratch.chunk(chunks.scratchByteCount))
  }

  private func loadLabels(
    _ rows: Range<Int>, of shard: Int, _ type: ScalarType, into labels: UnsafeMutableRawPointer
  ) throws(DatasetError) {
    let count = rows.count * labelCount
    let path = shards[shard].path
    if type.isInteger {
      // Read wide, so that a label that is far off is named and not refused as an overflow.
      let wide = scratch.wideLabels(count)
      try retrying(shard) { (file) throws(HDF5Error) in
        try file.labels?.readRows(rows, as: .int64, into: UnsafeMutableRawBufferPointer(wide))
      }
      let target = labels.assumingMemoryBound(to: Int32.self)
      for (index, label) in wide.enumerated() {
        guard label >= 0, label < classCount ?? Int(Int32.max) else {
          throw .labelOutOfRange(
            file: path, index: rows.lowerBound + index / labelCount, label: Int(label),
            classes: classCount ?? Int(Int32.max))
        }
        target[index] = Int32(label)
      }
    } else {
      let target = UnsafeMutableRawBufferPointer(start: labels, count: 4 * count)
      try retrying(shard) { (file) throws(HDF5Error) in
        try file.labels?.readRows(rows, as: .float32, into: target)
      }
      let values = labels.assumingMemoryBound(to: Float.self)
      for index in 0..<count where !values[index].isFinite {
        throw .notFinite(
          file: path, dataset: "/labels", index: rows.lowerBound + index / labelCount)
      }
    }
  }

  /// Runs a read on an open shard; after an error that may pass, opens the file anew and reads again.
  private func retrying(
    _ shard: Int, _ body: (OpenShards.Shard) throws(HDF5Error) -> Void
  ) throws(DatasetError) {
    try Retry.whileTransient { () throws(HDF5Error) in
      var isRead = false
      defer { if !isRead { files.close(shard) } }
      try body(try files.open(shard))
      isRead = true
    }
  }
}

// MARK: - Whole splits

extension ShardFiles {
  /// Reads all labels once and throws for the first that is not a class, or not finite.
  func verifyLabels() throws(DatasetError) {
    try forEachLabelBlock { _, _ in }
  }

  /// All labels of the split, one class a sample.
  func allClasses() throws(DatasetError) -> [Int32] {
    var all: [Int32] = []
    try forEachLabelBlock { labels, count in
      all.append(
        contentsOf: UnsafeBufferPointer(
          start: labels.assumingMemoryBound(to: Int32.self), count: count))
    }
    return all
  }

  private func forEachLabelBlock(
    _ body: (UnsafeRawPointer, Int) -> Void
  ) throws(DatasetError) {
    guard labelCount > 0 else { return }
    try turn.withLock { (_) throws(DatasetError) in
      for (shard, description) in shards.enumerated() {
        guard let type = description.labelType else { continue }
        let step = max(1, (1 << 16) / labelCount)
        for start in stride(from: 0, to: description.count, by: step) {
          let rows = start..<min(start + step, description.count)
          scratch.reserve(rows.count, rowBytes: 0, labelCount: labelCount)
          try loadLabels(rows, of: shard, type, into: scratch.labels)
          body(scratch.labels, rows.count * labelCount)
        }
      }
    }
  }

  /// The largest label of all shards.
  func largestLabel() throws(DatasetError) -> Int {
    var largest = 0
    try forEachLabelBlock { labels, count in
      let classes = UnsafeBufferPointer(
        start: labels.assumingMemoryBound(to: Int32.self), count: count)
      largest = max(largest, Int(classes.max() ?? 0))
    }
    return min(largest, 1 << 24)
  }

  /// Reads a shard chunk by chunk; hands each one's rows, stored features and 32-bit labels to
  /// `body`.
  func forEachChunk(
    of shard: Int,
    _ body: (Range<Int>, UnsafeRawPointer, UnsafeRawPointer) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    let description = shards[shard]
    try turn.withLock { (_) throws(DatasetError) in
      for start in stride(from: 0, to: description.count, by: description.rowsPerChunk) {
        let rows = start..<min(start + description.rowsPerChunk, description.count)
        scratch.reserve(
          rows.count, rowBytes: description.featureByteCount, labelCount: labelCount)
        try loadInTurn(rows, of: shard, into: scratch.features, scratch.labels)
        try body(rows, scratch.features, scratch.labels)
      }
    }
  }
}
