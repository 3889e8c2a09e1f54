public import HDF5

/// What one shard file says about itself.
public struct Shard: Sendable {
  /// Path of the file.
  public let path: String
  /// The data set's name, empty when the file has none.
  public let name: String
  /// Number of samples.
  public let count: Int
  /// Shape of one sample's features.
  public let featureShape: [Int]
  /// The type that features are stored as.
  public let featureType: ScalarType
  /// Shape of one sample's labels.
  public let labelShape: [Int]
  /// The type that labels are stored as; `nil` without labels.
  public let labelType: ScalarType?
  /// Names of the classes; `nil` when the file does not tell.
  public let classNames: [String]?
  /// How features become inputs; `nil` for as they are.
  public let normalization: Normalization?
  /// Samples in one stored block, which is read as one.
  public let rowsPerChunk: Int
  /// What each stored block passes on its way to the file.
  public let filters: [Filter]

  /// The newest format that this reader knows.
  public static let formatVersion = 1

  /// Opens the file, reads its description and closes it.
  ///
  /// - Parameter requiresLabels: whether a file without `/labels` is an error.
  /// - Throws: `DatasetError` when the file is missing, damaged, empty, or not a shard.
  public init(path: String, requiresLabels: Bool = true) throws(DatasetError) {
    let file = try reading { () throws(HDF5Error) in try File.open(path, .readOnly) }
    try self.init(file, requiresLabels: requiresLabels)
  }

  init(_ file: File, requiresLabels: Bool) throws(DatasetError) {
    path = file.path
    let features = try Self.dataset(file, "features")
    let holdsLabels = try reading { () throws(HDF5Error) in try file.exists("labels") }
    let hasLabels = requiresLabels || holdsLabels
    let labels = hasLabels ? try Self.dataset(file, "labels") : nil
    guard let first = features.shape.first, first > 0 else { throw .empty(file: path) }
    if let labels, labels.shape.first != first {
      throw .countMismatch(file: path, features: features.shape, labels: labels.shape)
    }
    count = first
    featureShape = Array(features.shape.dropFirst())
    labelShape = Array(labels?.shape.dropFirst() ?? [])
    featureType = try Self.scalarType(features, "/features", in: path)
    labelType =
      if let labels { try Self.scalarType(labels, "/labels", in: path) } else { nil }
    filters = features.filters
    try Self.requireReadable(features, "/features", featureType, in: path)
    if let labels, let labelType {
      try Self.requireReadable(labels, "/labels", labelType, in: path)
    }
    // A set that lies in one piece is read in blocks of about 256 KiB.
    let rowBytes = featureShape.reduce(featureType.byteCount, *)
    let most = max(1, Self.chunkByteLimit / max(rowBytes, 1))
    rowsPerChunk = min(
      count, min(most, features.chunks?.first ?? max(1, (256 << 10) / max(rowBytes, 1))))

    let attributes = ShardAttributes(path: path, attributes: file.attributes)
    try attributes.checkVersion()
    name = try attributes.name()
    classNames = labelType?.isInteger == true ? try attributes.classNames() : nil
    normalization = try attributes.normalization(for: featureShape)
  }

  /// Bytes of one sample's features as they are kept in memory before conversion.
  var featureByteCount: Int { featureShape.reduce(featureType.byteCount, *) }

  private static func dataset(_ file: File, _ name: String) throws(DatasetError) -> UntypedDataset {
    let exists = try reading { () throws(HDF5Error) in try file.exists(name) }
    guard exists else { throw .missingDataset(file: file.path, dataset: "/\(name)") }
    return try reading { () throws(HDF5Error) in try file.untypedDataset(name) }
  }

  /// Bytes of samples that are read at once at most.
  private static let chunkByteLimit = 64 << 20

  /// Throws for shapes that would ask for all memory there is.
  private static func requireReadable(
    _ dataset: UntypedDataset, _ name: String, _ type: ScalarType, in path: String
  ) throws(DatasetError) {
    var sampleBytes = 8
    for extent in dataset.shape.dropFirst() {
      let (product, overflow) = sampleBytes.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= 2 << 30 else {
        throw .tooLarge(file: path, dataset: name, shape: dataset.shape)
      }
      sampleBytes = product
    }
    let count = dataset.shape.first ?? 0
    let rows = dataset.chunks?.first ?? max(1, (256 << 10) / max(1, sampleBytes))
    guard count / max(1, rows) < 1 << 31, count < (1 << 62) / max(8, sampleBytes) else {
      throw .tooLarge(file: path, dataset: name, shape: dataset.shape)
    }
  }

  private static func scalarType(
    _ dataset: UntypedDataset, _ name: String, in path: String
  ) throws(DatasetError) -> ScalarType {
    guard let type = dataset.scalarType else {
      throw .typeMismatch(
        file: path, dataset: name, type: "\(dataset.elementClass) elements",
        reference: "a shard holds", expected: "numbers")
    }
    return type
  }
}

/// The attributes of a shard's root group.
struct ShardAttributes {
  let path: String
  let attributes: Attributes

  /// Throws when the file says that it is of a newer format.
  func checkVersion() throws(DatasetError) {
    guard try contains("formatVersion") else { return }
    let version = try reading { () throws(HDF5Error) in try attributes.int("formatVersion") }
    guard version >= 1, version <= Shard.formatVersion else {
      throw .attribute(
        file: path, name: "formatVersion",
        problem: "is \(version); this program reads up to \(Shard.formatVersion)")
    }
  }

  /// The data set's name.
  func name() throws(DatasetError) -> String {
    guard try contains("name") else { return "" }
    return try reading { () throws(HDF5Error) in try attributes.string("name") }
  }

  /// The classes' names; a single integer stands for that many unnamed classes.
  func classNames() throws(DatasetError) -> [String]? {
    guard try contains("classes") else { return nil }
    let names = try reading { () throws(HDF5Error) -> [String] in
      if case .string = try attributes.elementClass("classes") {
        return try attributes.strings("classes")
      }
      return (0..<max(0, try attributes.int("classes"))).map { "\($0)" }
    }
    guard !names.isEmpty else {
      throw .attribute(file: path, name: "classes", problem: "names no class")
    }
    return names
  }

  /// The 2 x C array of means and deviations.
  func normalization(for featureShape: [Int]) throws(DatasetError) -> Normalization? {
    guard try contains("normalization") else { return nil }
    let (shape, values) = try reading { () throws(HDF5Error) in
      (
        try attributes.shape("normalization"),
        try attributes.values("normalization", of: Float.self)
      )
    }
    let channels = values.count / 2
    guard shape.count == 2, shape[0] == 2,
      let normalization = Normalization(
        mean: Array(values.prefix(channels)), deviation: Array(values.dropFirst(channels))),
      normalization.fits(featureShape)
    else {
      throw .attribute(
        file: path, name: "normalization",
        problem: "of shape \(shape) is not means and positive deviations (2 x channels) for "
          + "samples of shape \(featureShape)")
    }
    return normalization
  }

  private func contains(_ name: String) throws(DatasetError) -> Bool {
    try reading { () throws(HDF5Error) in try attributes.contains(name) }
  }
}
