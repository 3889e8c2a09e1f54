import Datasets
import HDF5

/// The samples of shards that are there already, as they are stored: for splitting, merging and
/// cutting them anew.
public final class ShardSamples: SourceSamples {
  /// What the samples are; the normalisation of the shards stays.
  public let layout: SampleLayout
  /// Number of samples.
  public let count: Int
  private var parts: [(features: RowCache, labels: RowCache?, lengths: RowCache?)] = []
  private let starts: [Int]

  /// Opens the shards of one split.
  ///
  /// - Throws: `DatasetError` for shards that are damaged or do not belong together.
  public init(paths: [String]) throws {
    let split = try ShardedDataset(paths: paths, requiresLabels: false)
    let first = split.shards[0]
    var layout = SampleLayout(
      name: split.name, featureShape: split.featureShape, featureType: first.featureType)
    layout.labelShape = split.labelShape
    layout.labelType = first.labelType
    layout.classNames = split.classCount == nil ? nil : split.classNames
    layout.normalization = split.normalization
    (count, starts) = (split.count, split.starts)
    do {
      for shard in split.shards {
        let file = try File.open(shard.path)
        let labels: RowCache? =
          if let type = shard.labelType { RowCache(try file.untypedDataset("labels"), type) } else {
            nil
          }
        let lengths: RowCache? =
          if try file.exists("lengths") {
            RowCache(try file.untypedDataset("lengths"), .int32)
          } else { nil }
        parts.append(
          (RowCache(try file.untypedDataset("features"), shard.featureType), labels, lengths))
        if try file.attributes.contains("vocabulary") {
          layout.vocabulary = try file.attributes.strings("vocabulary")
        }
        if try file.attributes.contains("columns") {
          layout.columnNames = try file.attributes.strings("columns")
        }
      }
    } catch { throw DatasetError.unreadable(error) }
    layout.hasLengths = parts.allSatisfy { $0.lengths != nil }
    self.layout = layout
  }

  /// Copies features.
  public func readFeatures(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    let (part, row) = place(of: index)
    try parts[part].features.read(row, into: target)
  }

  /// Copies labels.
  public func readLabels(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    let (part, row) = place(of: index)
    try parts[part].labels?.read(row, into: target)
  }

  /// Steps that are not padding.
  public func length(of index: Int) throws -> Int {
    let (part, row) = place(of: index)
    var length: Int32 = 0
    try withUnsafeMutableBytes(of: &length) { try parts[part].lengths?.read(row, into: $0) }
    return Int(length)
  }

  private func place(of index: Int) -> (part: Int, row: Int) {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= index { low = middle } else { high = middle }
    }
    return (low, index - starts[low])
  }
}
