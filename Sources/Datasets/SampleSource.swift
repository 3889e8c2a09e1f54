/// What the labels of a source are.
public enum LabelKind: Sendable, Hashable {
  /// Class numbers in `0..<count`, as `Int32`.
  case classes(Int)
  /// Real numbers to be predicted, as `Float`.
  case targets
  /// There are none: features to predict from.
  case none
}

/// Where a reader puts labels: memory of the kind that the source has, or nowhere.
public enum LabelBuffer {
  /// Class numbers, samples x label shape.
  case classes(UnsafeMutableBufferPointer<Int32>)
  /// Real targets, samples x label shape.
  case targets(UnsafeMutableBufferPointer<Float>)
  /// Labels are not wanted.
  case none
}

/// A numbered collection of samples that can be read in any order.
///
/// The seam between the trainer and where data comes from: shards, a generator, a read-ahead
/// buffer. All members are local to this process.
public protocol SampleSource: AnyObject, Sendable {
  /// What the data set is called.
  var name: String { get }
  /// Number of samples.
  var count: Int { get }
  /// Samples of one epoch: ``count``, or fewer for a source with more samples than anyone wants between
  /// two evaluations; each epoch then takes others.
  var epochCount: Int { get }
  /// Shape of one sample's features.
  var featureShape: [Int] { get }
  /// Shape of one sample's labels; `[]` for one label a sample.
  var labelShape: [Int] { get }
  /// What the labels are.
  var labelKind: LabelKind { get }
  /// Names of the classes; empty for targets.
  var classNames: [String] { get }

  /// How samples lie in stored blocks; `nil` if it makes no difference.
  var chunks: ShardChunks? { get }

  /// Bytes that all samples take in memory, if they can be shared with other processes.
  var residentByteCount: Int? { get }

  /// Keeps samples in memory that other processes keep theirs in too: each chunk is loaded by one of
  /// them. Before anything was read.
  ///
  /// - Parameter memory: ``residentByteCount`` bytes, zeros at first, which outlive the source.
  func share(_ memory: UnsafeMutableRawPointer)

  /// The class of every sample, in order. Reads all labels; blocks.
  ///
  /// - Throws: `DatasetError`.
  /// - Precondition: each sample has one class.
  func classes() throws(DatasetError) -> [Int32]

  /// The steps of every sample, without those that fill it up; `nil` if all are equally long. Blocks.
  ///
  /// - Throws: `DatasetError`.
  func lengths() throws(DatasetError) -> [Int]?

  /// Says that step `step` of a schedule comes now, of which this process will read
  /// `microBatches`. Does not block.
  func prefetch(_ schedule: BatchSchedule, step: Int, microBatches: Range<Int>)

  /// Reads the samples `indices` in that order, normalised, into the caller's memory. Blocks.
  ///
  /// - Parameters:
  ///   - indices: numbers in `0..<count`, in any order; a number may occur twice.
  ///   - features: `indices.count` x feature shape elements, row-major.
  ///   - labels: `indices.count` x label shape elements of the source's kind, or `.none`.
  /// - Throws: `DatasetError` that names file and sample when data cannot be read or is not finite.
  /// - Precondition: the sizes agree.
  func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError)
}

extension SampleSource {
  /// No difference.
  public var chunks: ShardChunks? { nil }

  /// Samples that cannot be shared.
  public var residentByteCount: Int? { nil }

  /// Does nothing.
  public func share(_ memory: UnsafeMutableRawPointer) {}

  /// All samples are equally long.
  public func lengths() throws(DatasetError) -> [Int]? { nil }

  /// Reads all samples for their labels.
  public func classes() throws(DatasetError) -> [Int32] {
    var classes: [Int32] = []
    for start in stride(from: 0, to: count, by: 1024) {
      classes += try read(Array(start..<min(start + 1024, count))).classes
    }
    return classes
  }

  /// Does nothing: there is nothing to wait for.
  public func prefetch(_ schedule: BatchSchedule, step: Int, microBatches: Range<Int>) {}

  /// All samples, unless a source says otherwise.
  public var epochCount: Int { count }

  /// Elements of one sample's features.
  public var featureCount: Int { featureShape.reduce(1, *) }

  /// Elements of one sample's labels.
  public var labelCount: Int { labelShape.reduce(1, *) }

  /// Number of classes; `nil` when labels are not classes.
  public var classCount: Int? {
    if case .classes(let count) = labelKind { count } else { nil }
  }

  /// Reads samples into new arrays; for tests and small tools.
  public func read(
    _ indices: [Int]
  ) throws(DatasetError) -> (features: [Float], classes: [Int32], targets: [Float]) {
    var features = [Float](repeating: 0, count: indices.count * featureCount)
    let size = indices.count * labelCount
    var classes = [Int32](repeating: 0, count: classCount == nil ? 0 : size)
    var targets = [Float](repeating: 0, count: labelKind == .targets ? size : 0)
    try indices.withUnsafeBufferPointer { (indices) throws(DatasetError) in
      try features.withUnsafeMutableBufferPointer { (features) throws(DatasetError) in
        try classes.withUnsafeMutableBufferPointer { (classes) throws(DatasetError) in
          try targets.withUnsafeMutableBufferPointer { (targets) throws(DatasetError) in
            let labels: LabelBuffer =
              switch labelKind {
              case .classes: .classes(classes)
              case .targets: .targets(targets)
              case .none: .none
              }
            try read(indices, into: features, labels: labels)
          }
        }
      }
    }
    return (features, classes, targets)
  }

  /// Traps unless the caller's buffers have the sizes that `read` asks for.
  func requireSizes(
    _ indices: UnsafeBufferPointer<Int>, _ features: UnsafeMutableBufferPointer<Float>,
    _ labels: LabelBuffer
  ) {
    precondition(
      features.count == indices.count * featureCount,
      "\(features.count) features for \(indices.count) samples of shape \(featureShape)")
    let size = indices.count * labelCount
    switch (labels, labelKind) {
    case (.none, _): break
    case (.classes(let buffer), .classes):
      precondition(buffer.count == size, "\(buffer.count) labels for \(size)")
    case (.targets(let buffer), .targets):
      precondition(buffer.count == size, "\(buffer.count) targets for \(size)")
    default: preconditionFailure("the labels of \(name) are \(labelKind)")
    }
    for index in indices {
      precondition(index >= 0 && index < count, "sample \(index) of \(count)")
    }
  }
}
