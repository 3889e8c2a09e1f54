import HDF5

/// All shards of one split, read as one numbered collection of samples.
///
/// Sample i of the split is sample i - start of the shard that covers it; shards count in the order
/// of their paths. Features are stored raw and normalised when they are read. Every member is
/// local: each process opens the files itself and reads the blocks that hold its own samples.
public final class ShardedDataset: SampleSource, @unchecked Sendable {
  // Sendable: the normalisation is replaced before samples are read.
  /// What is checked before the first sample is read; what is read later is checked in any case.
  public enum Verification: Sendable {
    /// Shapes, types and attributes. Costs one open a shard.
    case layout
    /// Also that every label is a class.
    case labels
    /// Also that every feature is finite and every checksum holds. Reads everything.
    case everything
  }

  /// The files, in order.
  public let shards: [Shard]
  /// Number of the first sample of each shard.
  public let starts: [Int]
  /// Number of samples.
  public let count: Int
  /// What the labels are.
  public let labelKind: LabelKind
  /// Names of the classes; empty for targets.
  public let classNames: [String]
  /// How features become inputs; `nil` for as they are.
  public private(set) var normalization: Normalization?

  /// How samples lie in shards and chunks.
  public var chunks: ShardChunks? { reader.chunks }
  /// Whether all samples stay in memory once read.
  public var isResident: Bool { reader.isResident }

  let reader: ShardReader

  /// What the data set is called.
  public var name: String { shards[0].name }
  /// Shape of one sample's features.
  public var featureShape: [Int] { shards[0].featureShape }
  /// Shape of one sample's labels.
  public var labelShape: [Int] { shards[0].labelShape }

  /// Opens the shards of a split and checks that they belong together.
  ///
  /// - Parameters:
  ///   - paths: the files; `ShardPaths.expand` makes them from patterns.
  ///   - normalization: used in place of what the files say, such as that of a trained model.
  ///   - cacheBytes: memory for samples. A split that fits is kept there once read; of a larger one
  ///     as many chunks as fit.
  ///   - verification: how much is checked at once.
  ///   - requiresLabels: whether files without `/labels` are refused.
  /// - Throws: `DatasetError` for the first shard that is missing, damaged, empty, or unlike the
  ///   first.
  public init(
    paths: [String], normalization: Normalization? = nil, cacheBytes: Int = 1 << 30,
    verification: Verification = .labels, requiresLabels: Bool = true
  ) throws(DatasetError) {
    var shards: [Shard] = []
    var open: [OpenShards.Shard] = []
    for path in paths {
      let file = try Retry.whileTransient { () throws(HDF5Error) in try File.open(path, .readOnly) }
      let shard = try Shard(file, requiresLabels: requiresLabels)
      if let first = shards.first { try shard.requireLike(first) }
      shards.append(shard)
      if open.count < OpenShards.limit {
        open.append(try reading { () throws(HDF5Error) in try OpenShards.Shard(file) })
      }
    }
    guard let first = shards.first else { throw .noMatch(pattern: "(no path was given)") }
    if let normalization, !normalization.fits(first.featureShape) {
      throw .attribute(
        file: first.path, name: "normalization",
        problem: "of the model has \(normalization.mean.count) channels, samples are "
          + "\(first.featureShape)")
    }
    self.shards = shards
    self.normalization = normalization ?? first.normalization
    let files = ShardFiles(shards, open: open)
    let reader = ShardReader(files, normalization: self.normalization, cacheBytes: cacheBytes)
    (starts, count) = (reader.chunks.starts, reader.chunks.sampleCount)
    switch first.labelType {
    case nil: (labelKind, classNames) = (.none, [])
    case .float32, .float64: (labelKind, classNames) = (.targets, [])
    default:
      // Files that do not name their classes have as many as their largest label tells.
      let names =
        if let names = first.classNames { names } else {
          (0...(try files.largestLabel())).map { "\($0)" }
        }
      (labelKind, classNames) = (.classes(names.count), names)
      files.classCount = names.count
    }
    self.reader = reader
    if verification != .layout { try files.verifyLabels() }
    if verification == .everything { try reader.verifyFeatures() }
  }

  /// Reads samples; see ``SampleSource/read(_:into:labels:)``.
  ///
  /// Does not allocate once the split is in memory. Of a split that is larger than `cacheBytes` the
  /// chunks that were used longest ago are dropped and read again.
  public func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    requireSizes(indices, features, labels)
    try reader.read(indices, into: features, labels: labels)
  }

  /// Replaces the normalisation. Before anything was read.
  ///
  /// - Precondition: it fits the samples.
  public func normalize(by normalization: Normalization) {
    precondition(normalization.fits(featureShape), "\(normalization.mean.count) channels")
    self.normalization = normalization
    reader.normalize(by: normalization)
  }

  /// Starts to load what the coming steps need, in a thread of its own. Does not block.
  public func prefetch(_ schedule: BatchSchedule, step: Int, microBatches: Range<Int>) {
    reader.readAhead.announce(schedule, step: step, microBatches: microBatches)
  }

  /// The class of every sample, in order. Reads all labels; blocks.
  ///
  /// - Throws: `DatasetError`.
  /// - Precondition: each sample has one class.
  public func classes() throws(DatasetError) -> [Int32] {
    precondition(classCount != nil && labelShape.isEmpty, "the labels are \(labelKind)")
    return try reader.files.allClasses()
  }

  /// The datasets `/lengths`, if the first shard holds one.
  public func lengths() throws(DatasetError) -> [Int]? {
    let exists = try reading { () throws(HDF5Error) in
      try File.open(shards[0].path, .readOnly).exists("lengths")
    }
    return exists ? try attribute(named: "lengths") : nil
  }

  /// Bytes that all samples take in memory.
  public var residentByteCount: Int? { ResidentChunks.byteCount(reader.chunks, reader.files) }

  /// Keeps samples in memory that other processes keep theirs in too: each chunk is loaded by one of
  /// them. Before anything was read.
  ///
  /// - Parameter memory: ``residentByteCount`` bytes, zeros at first, which outlive the data set.
  public func share(_ memory: UnsafeMutableRawPointer) { reader.share(memory) }
}

extension Shard {
  /// Throws unless this shard can stand in one split with `first`.
  fileprivate func requireLike(_ first: Shard) throws(DatasetError) {
    if featureShape != first.featureShape {
      throw .shapeMismatch(
        file: path, dataset: "/features", shape: featureShape, reference: first.path,
        expected: first.featureShape)
    }
    if labelShape != first.labelShape {
      throw .shapeMismatch(
        file: path, dataset: "/labels", shape: labelShape, reference: first.path,
        expected: first.labelShape)
    }
    if featureType != first.featureType {
      throw .typeMismatch(
        file: path, dataset: "/features", type: featureType.rawValue, reference: first.path,
        expected: first.featureType.rawValue)
    }
    if labelType != first.labelType {
      throw .typeMismatch(
        file: path, dataset: "/labels", type: labelType?.rawValue ?? "nothing",
        reference: first.path, expected: first.labelType?.rawValue ?? "nothing")
    }
    if classNames != first.classNames {
      throw .attribute(file: path, name: "classes", problem: "is unlike that of \(first.path)")
    }
    if normalization != first.normalization {
      throw .attribute(
        file: path, name: "normalization", problem: "is unlike that of \(first.path)")
    }
  }
}
