import HDF5

/// Reads samples from memory or files and converts them.
final class ShardReader: @unchecked Sendable {
  // Sendable: store and converter are replaced before the reader is shared only.
  let chunks: ShardChunks
  let files: ShardFiles
  private(set) var store: any ChunkStore
  private(set) var readAhead: ReadAhead
  private var converter: RowConverter
  private let featureCount: Int

  init(_ files: ShardFiles, normalization: Normalization?, cacheBytes: Int) {
    let first = files.shards[0]
    self.files = files
    chunks = ShardChunks(
      counts: files.shards.map(\.count), rowsPerChunk: files.shards.map(\.rowsPerChunk))
    converter = RowConverter(
      from: first.featureType, shape: first.featureShape, normalization: normalization)
    featureCount = first.featureShape.reduce(1, *)
    store =
      ResidentChunks.byteCount(chunks, files) <= cacheBytes
      ? ResidentChunks(chunks, files)
      : RollingChunks(chunks, files, byteLimit: cacheBytes)
    readAhead = ReadAhead(store, chunks)
  }

  deinit { readAhead.end() }

  /// Whether samples stay in memory once read.
  var isResident: Bool { store is ResidentChunks }

  /// Converts by another normalisation from now on.
  func normalize(by normalization: Normalization) {
    let first = files.shards[0]
    converter = RowConverter(
      from: first.featureType, shape: first.featureShape, normalization: normalization)
  }

  /// Uses memory that other processes use too.
  func share(_ memory: UnsafeMutableRawPointer) {
    readAhead.end()
    store = ResidentChunks(chunks, files, shared: memory)
    readAhead = ReadAhead(store, chunks)
  }

  /// Reads samples of any order; sizes were checked by the caller.
  func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    for position in 0..<indices.count {
      let (shard, row) = chunks.locate(indices[position])
      try store.withRow(row, of: shard) { (stored, label) throws(DatasetError) in
        try emit(shard, row, stored, label, at: position, features, labels)
      }
    }
  }

  /// Converts one row in memory into place `position` of the caller's buffers.
  @inline(__always)
  private func emit(
    _ shard: Int, _ row: Int, _ stored: UnsafeRawPointer, _ label: UnsafeRawPointer,
    at position: Int, _ features: UnsafeMutableBufferPointer<Float>, _ labels: LabelBuffer
  ) throws(DatasetError) {
    if let base = features.baseAddress {
      guard converter.convert(stored, into: base + position * featureCount) else {
        throw .notFinite(file: files.shards[shard].path, dataset: "/features", index: row)
      }
    }
    let source = label.assumingMemoryBound(to: UInt32.self)
    let count = files.labelCount
    switch labels {
    case .classes(let buffer):
      for index in 0..<count { buffer[position * count + index] = Int32(bitPattern: source[index]) }
    case .targets(let buffer):
      for index in 0..<count { buffer[position * count + index] = Float(bitPattern: source[index]) }
    case .none: break
    }
  }

  /// Reads everything once, chunk by chunk, and throws for the first damage or value that is not
  /// finite.
  func verifyFeatures() throws(DatasetError) {
    var output = [Float](repeating: 0, count: featureCount)
    for (index, shard) in files.shards.enumerated() {
      try files.forEachChunk(of: index) { (rows, stored, _) throws(DatasetError) in
        for row in rows {
          let offset = (row - rows.lowerBound) * shard.featureByteCount
          guard converter.convert(stored + offset, into: &output) else {
            throw .notFinite(file: shard.path, dataset: "/features", index: row)
          }
        }
      }
    }
  }
}
