/// The samples of a source in any order, as they are stored: what importers give and the writer of
/// shards takes.
///
/// All members are local to this process. A file that changes while it is read is not noticed.
public protocol SourceSamples: AnyObject {
  /// What the samples are.
  var layout: SampleLayout { get }
  /// Number of samples.
  var count: Int { get }

  /// Copies the features of sample `index` in the layout's type.
  ///
  /// - Parameter target: room for exactly one sample.
  /// - Throws: `ImportError` or `DatasetError` that names the file.
  func readFeatures(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws

  /// Copies the labels of sample `index`; not called without labels.
  func readLabels(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws

  /// Steps of sample `index` that are not padding; asked only if the layout says so.
  func length(of index: Int) throws -> Int
}

extension SourceSamples {
  /// All steps: samples without padding.
  public func length(of index: Int) throws -> Int { layout.featureShape.first ?? 1 }

  /// The class of sample `index`, whatever integer it is stored as.
  public func classIndex(of index: Int) throws -> Int {
    guard let type = layout.labelType else { return 0 }
    var word: UInt64 = 0
    try withUnsafeMutableBytes(of: &word) {
      try readLabels(index, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<type.byteCount]))
    }
    return type.integer(from: word)
  }
}

/// One split of what is imported.
public struct ImportedSplit {
  /// `train` or `test`.
  public let name: String
  /// The samples.
  public let samples: any SourceSamples

  /// The samples of the split `name`.
  public init(_ name: String, _ samples: any SourceSamples) {
    (self.name, self.samples) = (name, samples)
  }
}
