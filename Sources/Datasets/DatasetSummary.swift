public import HDF5

/// What a split holds, counted by reading all of it: for `trireme data inspect`.
public struct DatasetSummary: Sendable {
  /// What one shard holds.
  public struct ShardSummary: Sendable {
    /// Path of the file.
    public let path: String
    /// Number of samples.
    public let count: Int
    /// Samples of each class; empty for targets.
    public let classCounts: [Int]
    /// Smallest feature as stored.
    public let minimum: Double
    /// Largest feature as stored.
    public let maximum: Double
    /// Samples with a feature that is NaN or infinite.
    public let notFinite: Int
  }

  /// What the data set is called.
  public let name: String
  /// Number of samples.
  public let count: Int
  /// Shape of one sample's features.
  public let featureShape: [Int]
  /// The type that features are stored as.
  public let featureType: ScalarType
  /// Shape of one sample's labels.
  public let labelShape: [Int]
  /// What the labels are.
  public let labelKind: LabelKind
  /// Names of the classes; empty for targets.
  public let classNames: [String]
  /// How features become inputs.
  public let normalization: Normalization?
  /// Mean of each channel (first axis of a sample) as stored, over finite features.
  public let mean: [Double]
  /// Deviation of each channel as stored (the population's), over finite features.
  public let deviation: [Double]
  /// The shards in order.
  public let shards: [ShardSummary]
  /// The first sample in characters, if it is an image.
  public let picture: [String]?

  /// Samples of each class over all shards; empty for targets.
  public var classCounts: [Int] {
    classNames.indices.map { index in shards.reduce(0) { $0 + $1.classCounts[index] } }
  }

  /// Reads all of a split, chunk by chunk, in memory for one chunk.
  ///
  /// - Throws: `DatasetError` for damaged files and labels out of range; features that are not
  ///   finite are counted instead.
  public init(_ dataset: ShardedDataset) throws(DatasetError) {
    (name, count) = (dataset.name, dataset.count)
    (featureShape, labelShape) = (dataset.featureShape, dataset.labelShape)
    (labelKind, classNames) = (dataset.labelKind, dataset.classNames)
    normalization = dataset.normalization
    featureType = dataset.shards[0].featureType

    // As stored: no normalisation, so the numbers compare with what other tools say of the file.
    let converter = RowConverter(from: featureType, shape: featureShape, normalization: nil)
    let channelCount = featureShape.first ?? 1
    let channelSize = featureShape.dropFirst().reduce(1, *)
    var moments = [Moments](repeating: Moments(), count: channelCount)
    var row = [Float](repeating: 0, count: dataset.featureCount)
    var shards: [ShardSummary] = []
    var picture: [String]?
    for (index, shard) in dataset.shards.enumerated() {
      var range: (minimum: Double, maximum: Double) = (.infinity, -.infinity)
      var classCounts = [Int](repeating: 0, count: dataset.classNames.count)
      var notFinite = 0
      let labelSize = dataset.classCount == nil ? 0 : dataset.labelCount
      try dataset.reader.files.forEachChunk(of: index) {
        (rows, features, labels) throws(DatasetError) in
        for offset in 0..<rows.count {
          let stored = features + offset * shard.featureByteCount
          if !converter.convert(stored, into: &row) { notFinite += 1 }
          if index == 0, rows.lowerBound + offset == 0 {
            picture = Self.picture(row, shape: shard.featureShape)
          }
          for (position, value) in row.enumerated() where value.isFinite {
            moments[position / channelSize].add(Double(value))
            range = (min(range.minimum, Double(value)), max(range.maximum, Double(value)))
          }
        }
        let classes = labels.assumingMemoryBound(to: Int32.self)
        for position in 0..<rows.count * labelSize { classCounts[Int(classes[position])] += 1 }
      }
      shards.append(
        ShardSummary(
          path: shard.path, count: shard.count, classCounts: classCounts, minimum: range.minimum,
          maximum: range.maximum, notFinite: notFinite))
    }
    self.shards = shards
    self.picture = picture
    mean = moments.map(\.mean)
    deviation = moments.map(\.deviation)
  }
}

/// Mean and deviation in one pass, without cancellation (Welford 1962).
private struct Moments {
  private var count = 0.0
  private(set) var mean = 0.0
  private var squares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    let difference = value - mean
    mean += difference / count
    squares += difference * (value - mean)
  }

  /// The population's deviation.
  var deviation: Double { count > 0 ? (squares / count).squareRoot() : 0 }
}
