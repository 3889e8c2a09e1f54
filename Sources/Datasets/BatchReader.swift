/// Reads what a schedule asks for from a source into the caller's memory.
///
/// Holds the list of sample numbers of one micro-batch, and allocates nothing after it was made.
/// One reader serves one thread at a time.
public final class BatchReader {
  /// Where the samples come from.
  public let source: any SampleSource
  private var indices: [Int]
  private let augmenter: Augmenter?

  /// Makes a reader of at most `capacity` samples a call.
  ///
  /// - Parameters:
  ///   - augmentation: changes of the samples that are read by a schedule.
  ///   - seed: the key of their random numbers.
  /// - Precondition: samples are images if an augmentation wants those.
  public init(
    source: any SampleSource, capacity: Int, augmentation: [Augmentation] = [], seed: UInt64 = 0
  ) {
    self.source = source
    augmenter =
      augmentation.isEmpty
      ? nil
      : Augmenter(
        augmentation, shape: source.featureShape, labelCount: source.labelCount, seed: seed)
    indices = Array(repeating: 0, count: capacity)
  }

  /// Reads a micro-batch and returns its number of samples, which may be 0. Blocks.
  ///
  /// - Parameters:
  ///   - step: the step within the schedule's epoch.
  ///   - microBatch: the part of the step.
  ///   - schedule: which samples that means.
  ///   - features: at least samples x feature shape elements; those beyond are left as they are.
  ///   - labels: at least samples x label shape elements, or `.none`.
  /// - Throws: `DatasetError` that names file and sample.
  /// - Precondition: the schedule is one of the source's samples, and the buffers are large enough.
  public func read(
    step: Int, microBatch: Int, of schedule: BatchSchedule,
    into features: UnsafeMutableBufferPointer<Float>, labels: LabelBuffer
  ) throws(DatasetError) -> Int {
    precondition(
      schedule.order.sources == source.count,
      "a schedule of \(schedule.order.sources) samples for a source of \(source.count)")
    let positions = schedule.positions(step: step, microBatch: microBatch)
    requireRoom(positions.count)
    var place = 0
    schedule.order.forEach(at: positions) { sample in
      indices[place] = sample
      place += 1
    }
    try read(positions.count, features, labels)
    if let augmenter {
      for place in 0..<positions.count {
        try augmenter.apply(
          to: features.row(place, source.featureCount), labels.row(place, source.labelCount),
          sample: indices[place], epoch: schedule.epoch, source: source)
      }
    }
    return positions.count
  }

  /// Reads the samples `range` in their own order, for evaluation; returns their number. Blocks.
  ///
  /// Buffers may be larger than needed, as in the form for schedules.
  public func read(
    _ range: Range<Int>, into features: UnsafeMutableBufferPointer<Float>, labels: LabelBuffer
  ) throws(DatasetError) -> Int {
    requireRoom(range.count)
    for place in 0..<range.count { indices[place] = range.lowerBound + place }
    try read(range.count, features, labels)
    return range.count
  }

  private func requireRoom(_ count: Int) {
    precondition(count <= indices.count, "\(count) samples for a reader of \(indices.count)")
  }

  /// Reads the first `count` samples of the list.
  private func read(
    _ count: Int, _ features: UnsafeMutableBufferPointer<Float>, _ labels: LabelBuffer
  ) throws(DatasetError) {
    let featureCount = count * source.featureCount
    precondition(features.count >= featureCount, "\(features.count) features, \(featureCount) read")
    let labels = labels.prefix(count * source.labelCount)
    try indices.withUnsafeBufferPointer { (indices) throws(DatasetError) in
      try source.read(
        UnsafeBufferPointer(rebasing: indices[..<count]),
        into: UnsafeMutableBufferPointer(rebasing: features[..<featureCount]), labels: labels)
    }
  }
}

extension UnsafeMutableBufferPointer {
  /// The elements of sample `place`.
  fileprivate func row(_ place: Int, _ count: Int) -> UnsafeMutableBufferPointer {
    UnsafeMutableBufferPointer(rebasing: self[place * count..<(place + 1) * count])
  }
}

extension LabelBuffer {
  /// The elements of sample `place`.
  fileprivate func row(_ place: Int, _ count: Int) -> LabelBuffer {
    switch self {
    case .classes(let buffer): .classes(buffer.row(place, count))
    case .targets(let buffer): .targets(buffer.row(place, count))
    case .none: .none
    }
  }

  /// The first `count` elements.
  fileprivate func prefix(_ count: Int) -> LabelBuffer {
    switch self {
    case .classes(let buffer):
      precondition(buffer.count >= count, "\(buffer.count) labels, \(count) read")
      return .classes(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    case .targets(let buffer):
      precondition(buffer.count >= count, "\(buffer.count) targets, \(count) read")
      return .targets(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    case .none: return .none
    }
  }
}
