import HDF5

/// The shard files that are open: few enough that thousands of shards stay below the limit of open
/// files.
struct OpenShards {
  /// The datasets of one open shard; they keep its file open.
  struct Shard {
    let features: UntypedDataset
    /// The way past the pipeline, where there is one.
    let chunks: ChunkReader?
    let labels: UntypedDataset?

    /// The datasets of a file that is open.
    init(_ file: File) throws(HDF5Error) {
      // Chunks are read whole and kept in memory of our own.
      let features = try file.root.untypedDataset("features", keepsChunks: false)
      self.features = features
      chunks = try features.scalarType.flatMap { (type) throws(HDF5Error) in
        try ChunkReader(features, as: type)
      }
      labels = try file.exists("labels") ? try file.untypedDataset("labels") : nil
    }
  }

  static let limit = 128

  private let paths: [String]
  private var open: [Shard?]
  /// Open shards, the longest open one first.
  private var order: [Int]

  /// - Parameter first: The first shards, open already.
  init(paths: [String], open first: [Shard]) {
    self.paths = paths
    open = first + Array(repeating: nil, count: paths.count - first.count)
    order = Array(first.indices)
  }

  /// The datasets of shard `index`.
  mutating func open(_ index: Int) throws(HDF5Error) -> Shard {
    if let shard = open[index] { return shard }
    if order.count >= Self.limit { open[order.removeFirst()] = nil }
    let shard = try Shard(try File.open(paths[index], .readOnly))
    open[index] = shard
    order.append(index)
    return shard
  }

  /// Closes shard `index`, to be opened anew.
  mutating func close(_ index: Int) {
    open[index] = nil
    order.removeAll { $0 == index }
  }
}

/// Memory for rows on their way through, which grows to the largest run and stays.
struct ShardScratch: ~Copyable {
  private(set) var features = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64)
  private(set) var labels = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64)
  private var chunk = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64)
  private var wide = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 1)
  private var featureBytes = 1
  private var labelBytes = 1
  private var chunkBytes = 1

  /// Makes room for `rows`; what was there is lost.
  mutating func reserve(_ rows: Int, rowBytes: Int, labelCount: Int) {
    if rows * rowBytes > featureBytes {
      features.deallocate()
      featureBytes = rows * rowBytes
      features = .allocate(byteCount: featureBytes, alignment: 64)
    }
    if 4 * rows * labelCount > labelBytes {
      labels.deallocate()
      labelBytes = 4 * rows * labelCount
      labels = .allocate(byteCount: labelBytes, alignment: 64)
    }
  }

  /// Room for a chunk as stored.
  mutating func chunk(_ byteCount: Int) -> UnsafeMutableRawPointer {
    if byteCount > chunkBytes {
      chunk.deallocate()
      chunkBytes = byteCount
      chunk = .allocate(byteCount: chunkBytes, alignment: 64)
    }
    return chunk
  }

  /// Room for `count` 64-bit labels.
  mutating func wideLabels(_ count: Int) -> UnsafeMutableBufferPointer<Int64> {
    if wide.count < count {
      wide.deallocate()
      wide = .allocate(capacity: count)
    }
    return UnsafeMutableBufferPointer(rebasing: wide[..<count])
  }

  deinit {
    features.deallocate()
    labels.deallocate()
    chunk.deallocate()
    wide.deallocate()
  }
}
