import HDF5
import Synchronization

// Note [Where samples wait]
//
//     file      | chunk 0 | chunk 1 | chunk 2 | ...        stored type, checksummed, filtered
//                    | read once, when one of its samples is asked for
//     memory    | chunk 0 |    -    | chunk 2 |            stored type
//                    | converted and normalised on every read: one pass over the sample
//     caller    [ float32 rows in the order that was asked for ]
//
// Memory is kept in the stored type because it is the smallest: a byte an image element, not four.
// Pages of chunks that were never read are never touched, so they cost no memory either. A split
// larger than the limit passes through one scratch buffer instead, in the order of the files.

/// Reads rows of shards, keeps them when all fit into memory, converts them. Calls take turns.
final class ShardReader: @unchecked Sendable {
  let shards: [Shard]
  let starts: [Int]
  /// Labels are checked against this; set before the reader is shared.
  var classCount: Int?

  private let converter: RowConverter
  private let featureCount: Int
  private let labelCount: Int
  private let turn = Mutex(())
  /// One for each shard when the split fits into memory, else empty.
  private var caches: [ShardCache] = []
  private var files: OpenShards
  private var scratch = ShardScratch()

  init(shards: [Shard], starts: [Int], normalization: Normalization?, cacheBytes: Int) {
    (self.shards, self.starts) = (shards, starts)
    let first = shards[0]
    converter = RowConverter(
      from: first.featureType, shape: first.featureShape, normalization: normalization)
    featureCount = first.featureShape.reduce(1, *)
    labelCount = first.labelType == nil ? 0 : first.labelShape.reduce(1, *)
    files = OpenShards(paths: shards.map(\.path))
    let count = shards.reduce(0) { $0 + $1.count }
    let rowBytes = first.featureByteCount + 4 * labelCount
    if count <= cacheBytes / max(rowBytes, 1) {
      caches = shards.map { ShardCache($0, labelCount: labelCount) }
    }
  }

  /// Whether samples stay in memory once read.
  var isCached: Bool { !caches.isEmpty }

  /// Reads samples of any order; sizes were checked by the caller.
  func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    guard !indices.isEmpty else { return }
    try turn.withLock { (_) throws(DatasetError) in
      if isCached {
        try readCached(indices, into: features, labels: labels)
      } else {
        try readSorted(indices, into: features, labels: labels)
      }
    }
  }

  private func readCached(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    for position in 0..<indices.count {
      let (shard, row) = locate(indices[position])
      let cache = caches[shard]
      let chunk = row / cache.rowsPerChunk
      if !cache.isLoaded[chunk] {
        let rows = cache.rows(ofChunk: chunk)
        try load(
          rows, of: shard, into: cache.feature(rows.lowerBound), cache.label(rows.lowerBound))
        cache.isLoaded[chunk] = true
      }
      try emit(
        shard, row, cache.feature(row), cache.label(row), at: position, features, labels
      )
    }
  }

  /// Reads in the order of the files, neighbouring samples as one hyperslab of at most a few MiB.
  private func readSorted(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    let order = indices.indices.sorted { indices[$0] < indices[$1] }
    let rowBytes = shards[0].featureByteCount
    let limit = max(1, (4 << 20) / max(rowBytes, 1))
    var next = 0
    while next < order.count {
      let (shard, firstRow) = locate(indices[order[next]])
      var end = next + 1
      var lastRow = firstRow
      while end < order.count {
        let (other, row) = locate(indices[order[end]])
        guard other == shard, row <= lastRow + 1, row - firstRow < limit else { break }
        (lastRow, end) = (row, end + 1)
      }
      let rows = firstRow..<(lastRow + 1)
      scratch.reserve(rows.count, rowBytes: rowBytes, labelCount: labelCount)
      try load(rows, of: shard, into: scratch.features, scratch.labels)
      for position in order[next..<end] {
        let row = locate(indices[position]).row
        let offset = row - firstRow
        try emit(
          shard, row, scratch.features + offset * rowBytes,
          scratch.labels + 4 * offset * labelCount, at: position, features, labels
        )
      }
      next = end
    }
  }

  /// Converts one row in memory into place `position` of the caller's buffers.
  @inline(__always)
  private func emit(
    _ shard: Int, _ row: Int, _ stored: UnsafeMutableRawPointer,
    _ label: UnsafeMutableRawPointer,
    at position: Int, _ features: UnsafeMutableBufferPointer<Float>, _ labels: LabelBuffer
  ) throws(DatasetError) {
    if let base = features.baseAddress {
      guard converter.convert(stored, into: base + position * featureCount) else {
        throw .notFinite(file: shards[shard].path, dataset: "/features", index: row)
      }
    }
    let source = label.assumingMemoryBound(to: UInt32.self)
    switch labels {
    case .classes(let buffer):
      for index in 0..<labelCount {
        buffer[position * labelCount + index] = Int32(bitPattern: source[index])
      }
    case .targets(let buffer):
      for index in 0..<labelCount {
        buffer[position * labelCount + index] = Float(bitPattern: source[index])
      }
    case .none: break
    }
  }

  /// The shard that holds sample `index`, and its row there.
  func locate(_ index: Int) -> (shard: Int, row: Int) {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= index { low = middle } else { high = middle }
    }
    return (low, index - starts[low])
  }

  /// Reads rows of a shard from its file: features as stored, labels as checked 32-bit values.
  private func load(
    _ rows: Range<Int>, of shard: Int, into features: UnsafeMutableRawPointer,
    _ labels: UnsafeMutableRawPointer
  ) throws(DatasetError) {
    let file = try files.open(shard)
    let description = shards[shard]
    let target = UnsafeMutableRawBufferPointer(
      start: features, count: rows.count * description.featureByteCount)
    try reading { () throws(HDF5Error) in
      try file.features.readRows(rows, as: description.featureType, into: target)
    }
    guard labelCount > 0, let stored = file.labels, let type = description.labelType else { return }
    try loadLabels(rows, of: shard, stored, type, into: labels)
  }

  private func loadLabels(
    _ rows: Range<Int>, of shard: Int, _ stored: UntypedDataset, _ type: ScalarType,
    into labels: UnsafeMutableRawPointer
  ) throws(DatasetError) {
    let count = rows.count * labelCount
    let path = shards[shard].path
    if type.isInteger {
      // Read wide, so that a label that is far off is named and not refused as an overflow.
      try scratch.withWideLabels(count) { (wide) throws(DatasetError) in
        try reading { () throws(HDF5Error) in
          try stored.readRows(rows, as: .int64, into: UnsafeMutableRawBufferPointer(wide))
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
      }
    } else {
      let target = UnsafeMutableRawBufferPointer(start: labels, count: 4 * count)
      try reading { () throws(HDF5Error) in
        try stored.readRows(rows, as: .float32, into: target)
      }
      let values = labels.assumingMemoryBound(to: Float.self)
      for index in 0..<count where !values[index].isFinite {
        throw .notFinite(
          file: path, dataset: "/labels", index: rows.lowerBound + index / labelCount)
      }
    }
  }
}

// MARK: - Checks over whole splits

extension ShardReader {
  /// Reads all labels once and throws for the first that is not a class, or not finite.
  func verifyLabels() throws(DatasetError) {
    guard labelCount > 0 else { return }
    try turn.withLock { (_) throws(DatasetError) in
      for (shard, description) in shards.enumerated() {
        let file = try files.open(shard)
        guard let stored = file.labels, let type = description.labelType else { continue }
        let step = max(1, (1 << 16) / labelCount)
        for start in stride(from: 0, to: description.count, by: step) {
          let rows = start..<min(start + step, description.count)
          scratch.reserve(rows.count, rowBytes: 0, labelCount: labelCount)
          try loadLabels(rows, of: shard, stored, type, into: scratch.labels)
        }
      }
    }
  }

  /// The largest label of all shards.
  func largestLabel() throws(DatasetError) -> Int {
    var largest = 0
    for shard in shards.indices {
      let file = try files.open(shard)
      guard let stored = file.labels else { continue }
      let labels = try reading { () throws(HDF5Error) in try stored.typed(as: Int.self).read() }
      largest = max(largest, min(labels.max() ?? 0, Int(Int32.max) - 1))
    }
    return largest
  }

  /// Reads everything once, chunk by chunk, and throws for the first damage or value that is not
  /// finite.
  func verifyFeatures() throws(DatasetError) {
    var output = [Float](repeating: 0, count: featureCount)
    for shard in shards.indices {
      try forEachChunk(of: shard) { (rows, stored, _) throws(DatasetError) in
        for row in rows {
          let offset = (row - rows.lowerBound) * shards[shard].featureByteCount
          guard converter.convert(stored + offset, into: &output) else {
            throw .notFinite(file: shards[shard].path, dataset: "/features", index: row)
          }
        }
      }
    }
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
        try load(rows, of: shard, into: scratch.features, scratch.labels)
        try body(rows, scratch.features, scratch.labels)
      }
    }
  }
}
