import Datasets

extension Job {
  /// The order of samples of each epoch: a function of the data, the job and the epoch.
  ///
  /// - Throws: `DatasetError` if labels cannot be read; `Failure` if sampling does not fit them.
  func orders(of source: any SampleSource) throws -> @Sendable (Int) -> SampleOrder {
    let seed = training.seed
    if loading.groupByLength {
      let groups = LengthGroups(
        lengths: try lengths(of: source), batch: training.globalBatch, seed: seed)
      return { SampleOrder(groups, epoch: $0) }
    }
    guard let sampling = try sampling(of: source) else {
      guard let chunks = source.chunks else {
        let (count, shuffle) = (source.count, loading.shuffle ?? .global)
        let epochCount = source.epochCount
        guard epochCount == count else {
          return { SampleOrder(count: epochCount, of: count, seed: seed, epoch: $0) }
        }
        return { SampleOrder(count: count, shuffle, seed: seed, epoch: $0) }
      }
      let isSmall = (source.residentByteCount ?? 0) <= loading.cacheByteCount
      let shuffle = loading.shuffle ?? (isSmall ? .global : .shards)
      return { SampleOrder(chunks, shuffle, seed: seed, epoch: $0) }
    }
    let members = ClassDraw.Members(
      labels: try source.classes(), classes: source.classCount ?? 0)
    return { SampleOrder(ClassDraw(sampling, members, seed: seed, epoch: $0)) }
  }

  /// The lengths by which samples are grouped.
  private func lengths(of source: any SampleSource) throws -> [Int] {
    guard loading.sampling == .none, loading.shuffle ?? .global == .global else {
      throw Failure(
        .usage,
        "data.groupByLength is an order of its own: leave out data.sampling and data.shuffle")
    }
    guard let lengths = try source.lengths() else {
      throw Failure(
        .usage, "data.groupByLength wants shards with /lengths, as imported series and names have")
    }
    return lengths
  }

  /// The sampling with its weights worked out; nil if each sample comes once.
  private func sampling(of source: any SampleSource) throws -> Sampling? {
    guard loading.sampling != .none else { return nil }
    guard let classes = source.classCount, source.labelShape.isEmpty else {
      throw Failure(.usage, "data.sampling wants samples of one class each")
    }
    switch loading.sampling {
    case .none: return nil
    case .oversampled: return .oversampled
    case .weighted(let weights, let replacement, let share):
      if let weights, weights.count != classes || !weights.contains(where: { $0 > 0 }) {
        throw Failure(
          .usage,
          "data.sampling has \(weights.count) weights, of which one at least must be positive, for \(classes) classes"
        )
      }
      guard !replacement else { return .weighted(weights ?? Array(repeating: 1, count: classes)) }
      return .withoutReplacement(
        try weights ?? Self.inverseCounts(source.classes(), classes), share: share)
    }
  }

  /// Weights of a sample by which all classes weigh alike.
  private static func inverseCounts(_ labels: [Int32], _ classes: Int) -> [Double] {
    var counts = [Double](repeating: 0, count: classes)
    for label in labels { counts[Int(label)] += 1 }
    return counts.map { $0 > 0 ? 1 / $0 : 0 }
  }
}
