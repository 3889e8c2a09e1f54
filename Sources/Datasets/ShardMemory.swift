import HDF5

/// The samples of one shard that were read so far, in their stored type.
final class ShardCache {
  let rowsPerChunk: Int
  var isLoaded: [Bool]

  private let features: UnsafeMutableRawPointer
  private let labels: UnsafeMutableRawPointer
  private let count: Int
  private let rowBytes: Int
  private let labelCount: Int

  init(_ shard: Shard, labelCount: Int) {
    count = shard.count
    self.labelCount = labelCount
    rowBytes = shard.featureByteCount
    rowsPerChunk = shard.rowsPerChunk
    isLoaded = Array(repeating: false, count: (count + rowsPerChunk - 1) / rowsPerChunk)
    features = .allocate(byteCount: max(1, count * rowBytes), alignment: 64)
    labels = .allocate(byteCount: max(1, 4 * count * labelCount), alignment: 64)
  }

  /// The rows of one chunk; the last one may be shorter.
  func rows(ofChunk chunk: Int) -> Range<Int> {
    chunk * rowsPerChunk..<min((chunk + 1) * rowsPerChunk, count)
  }

  /// Where row `row`'s features lie.
  func feature(_ row: Int) -> UnsafeMutableRawPointer { features + row * rowBytes }

  /// Where row `row`'s labels lie, 32 bits each: class numbers or `Float` targets.
  func label(_ row: Int) -> UnsafeMutableRawPointer { labels + 4 * row * labelCount }

  deinit {
    features.deallocate()
    labels.deallocate()
  }
}

/// Memory for rows on their way through, which grows to the largest run and stays.
struct ShardScratch: ~Copyable {
  private(set) var features = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64)
  private(set) var labels = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64)
  private var featureBytes = 1
  private var labelBytes = 1
  private var wide: [Int64] = []

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

  /// Lends room for `count` 64-bit labels.
  mutating func withWideLabels(
    _ count: Int, _ body: (UnsafeMutableBufferPointer<Int64>) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    if wide.count < count { wide = [Int64](repeating: 0, count: count) }
    try wide.withUnsafeMutableBufferPointer { (buffer) throws(DatasetError) in
      try body(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
  }

  deinit {
    features.deallocate()
    labels.deallocate()
  }
}

/// The shard files that are open: few enough that thousands of shards stay below the limit of open
/// files, opened when first read.
struct OpenShards {
  /// The datasets of one open shard; they keep its file open.
  struct Shard {
    let features: UntypedDataset
    let labels: UntypedDataset?
  }

  static let limit = 128

  private let paths: [String]
  private var open: [Shard?]
  /// Open shards, the longest open one first.
  private var order: [Int] = []

  init(paths: [String]) {
    self.paths = paths
    open = Array(repeating: nil, count: paths.count)
  }

  /// The datasets of shard `index`.
  mutating func open(_ index: Int) throws(DatasetError) -> Shard {
    if let shard = open[index] { return shard }
    if order.count == Self.limit { open[order.removeFirst()] = nil }
    let path = paths[index]
    let shard = try reading { () throws(HDF5Error) in
      let file = try File.open(path, .readOnly)
      return Shard(
        features: try file.untypedDataset("features"),
        labels: try file.exists("labels") ? try file.untypedDataset("labels") : nil)
    }
    open[index] = shard
    order.append(index)
    return shard
  }
}
