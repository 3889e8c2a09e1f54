public import Datasets
import Engine
public import MPI

/// The k nearest samples of a split by Euclidean distance, found by all ranks together.
///
///     train split   | rank 0 | rank 1 | rank 2 |      each keeps its part
///     queries        all      all      all            every rank reads them
///     k best of      its part                        blocks of matrix products
///                        └────── gathered ──────┘     merged by (distance, index) on every rank
///
/// The answer is the same on any number of ranks; see Note [Exact neighbours from rounded products].
public struct NearestNeighbours {
  /// The samples among which neighbours are looked for.
  public let train: any SampleSource
  /// How many neighbours a query gets.
  public let count: Int

  /// Samples of a block. Two blocks of rows and their products fit the cache for a few hundred features.
  private static let (queryBlock, sampleBlock) = (256, 1024)

  /// - Precondition: `count` is positive and at most the number of samples.
  public init(_ train: any SampleSource, count: Int) {
    precondition(count > 0 && count <= train.count, "\(count) neighbours of \(train.count) samples")
    (self.train, self.count) = (train, count)
  }

  /// The neighbours of each query among this rank's part of the samples, nearest first. Local, blocking.
  ///
  /// Fewer than ``count`` if the part has fewer.
  ///
  /// - Throws: `DatasetError` if samples cannot be read; `EngineError`.
  /// - Precondition: Queries have as many features as samples.
  public func search(
    _ queries: any SampleSource, rank: Int = 0, of size: Int = 1
  ) throws -> [[Neighbour]] {
    precondition(
      queries.featureCount == train.featureCount,
      "queries of \(queries.featureCount) features, samples of \(train.featureCount)")
    return try part(rank * train.count / size..<(rank + 1) * train.count / size, queries)
  }

  /// Of what each rank has found the nearest of all. Collective, blocking; the same on every rank.
  public func merged(
    _ local: [[Neighbour]], on communicator: Communicator
  ) throws(MPIError) -> [[Neighbour]] {
    guard communicator.size > 1 else { return local }
    // Of every query k entries of (distance, index, label), empty ones at an infinite distance.
    let width = 2 + train.labelCount
    var message = [Double](repeating: .infinity, count: local.count * count * width)
    for (query, list) in local.enumerated() {
      for (place, neighbour) in list.enumerated() {
        let entry = [neighbour.squaredDistance, Double(neighbour.index)] + neighbour.label
        let start = (query * count + place) * width
        message.replaceSubrange(start..<start + width, with: entry)
      }
    }
    let all = try communicator.allGather(message)
    return local.indices.map { query in
      var merged: [Neighbour] = []
      for rank in 0..<communicator.size {
        for place in 0..<count {
          let start = rank * message.count + (query * count + place) * width
          guard all[start].isFinite else { break }
          merged.append(
            Neighbour(
              squaredDistance: all[start], index: Int(all[start + 1]),
              label: Array(all[start + 2..<start + width])))
        }
      }
      return Array(merged.sorted().prefix(count))
    }
  }

  /// The neighbours among the samples `range`. Local.
  private func part(
    _ range: Range<Int>, _ queries: any SampleSource
  ) throws -> [[Neighbour]] {
    KernelThreads.useOne()
    var lists = NearestLists(queries: queries.count, capacity: count)
    let block = try ProductBlock(
      queries: queries, min(Self.queryBlock, max(1, queries.count)), samples: train,
      min(Self.sampleBlock, max(1, range.count)))
    var labels: [Double] = []
    for start in stride(from: range.lowerBound, to: range.upperBound, by: block.samples.capacity) {
      let samples = start..<min(range.upperBound, start + block.samples.capacity)
      labels += try read(samples, into: block.samples)
      for first in stride(from: 0, to: queries.count, by: block.queries.capacity) {
        let rows = first..<min(queries.count, first + block.queries.capacity)
        try block.queries.read(rows, labels: .none)
        try block.multiply()
        for row in 0..<rows.count {
          let slack = block.slack(row)
          block.forEachSample(
            row, count: samples.count, below: { lists.bound(first + row) + slack }
          ) { sample in
            lists.insert(
              first + row, distance: block.squaredDistance(row, sample), index: start + sample)
          }
        }
      }
    }
    let width = train.labelCount
    return (0..<queries.count).map { query in
      lists.list(query).map { distance, index in
        let place = (index - range.lowerBound) * width
        return Neighbour(
          squaredDistance: distance, index: index, label: Array(labels[place..<place + width]))
      }
    }
  }

  /// Reads samples and returns their labels.
  private func read(_ range: Range<Int>, into rows: ProductBlock.Rows) throws -> [Double] {
    let size = range.count * train.labelCount
    switch train.labelKind {
    case .classes:
      var classes = [Int32](repeating: 0, count: size)
      try classes.withUnsafeMutableBufferPointer { try rows.read(range, labels: .classes($0)) }
      return classes.map(Double.init)
    case .targets:
      var targets = [Float](repeating: 0, count: size)
      try targets.withUnsafeMutableBufferPointer { try rows.read(range, labels: .targets($0)) }
      return targets.map(Double.init)
    case .none:
      try rows.read(range, labels: .none)
      return [Double](repeating: 0, count: size)
    }
  }
}
