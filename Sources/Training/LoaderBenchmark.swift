public import Datasets

/// Times the reading of samples, without any training.
public struct LoaderBenchmark {
  /// What was measured.
  public struct Report: Sendable {
    /// Samples in a second, the median of the epochs.
    public let samplesPerSecond: Double
    /// Bytes of features as stored in a second.
    public let megabytesPerSecond: Double
    /// Number of samples.
    public let samples: Int
  }

  private let dataset: ShardedDataset
  private let shuffle: Shuffle
  private let batch: Int
  private let paths: [String]
  private let cacheBytes: Int

  /// Opens shards named by paths and patterns.
  ///
  /// - Throws: `DatasetError`.
  public init(
    _ patterns: [String], shuffle: Shuffle, batch: Int, cacheMegabytes: Double
  ) throws {
    (self.shuffle, self.batch) = (shuffle, batch)
    cacheBytes = Int(cacheMegabytes * 1e6)
    paths = try ShardPaths.expand(patterns)
    dataset = try ShardedDataset(paths: paths, cacheBytes: cacheBytes)
  }

  /// Reads so many epochs, each with nothing in memory. Local, blocking.
  public func run(epochs: Int) throws -> Report {
    var times: [Double] = []
    var features = [Float](repeating: 0, count: batch * dataset.featureCount)
    let chunks = dataset.reachableChunks
    for epoch in 0..<epochs {
      let dataset = try ShardedDataset(paths: paths, cacheBytes: cacheBytes, verification: .layout)
      let reader = BatchReader(source: dataset, capacity: batch)
      let schedule = BatchSchedule(globalBatch: batch, microBatches: 1, epoch: epoch) {
        [shuffle] in SampleOrder(chunks, shuffle, seed: 1, epoch: $0)
      }
      let start = ContinuousClock.now
      for step in 0..<schedule.stepCount {
        dataset.prefetch(schedule, step: step, microBatches: 0..<1)
        _ = try features.withUnsafeMutableBufferPointer {
          try reader.read(step: step, microBatch: 0, of: schedule, into: $0, labels: .none)
        }
      }
      times.append((ContinuousClock.now - start) / .seconds(1))
    }
    let median = times.sorted()[times.count / 2]
    let bytes = dataset.featureShape.reduce(dataset.shards[0].featureType.byteCount, *)
    return Report(
      samplesPerSecond: Double(dataset.count) / median,
      megabytesPerSecond: Double(dataset.count * bytes) / median / 1e6, samples: dataset.count)
  }
}

extension ShardedDataset {
  fileprivate var reachableChunks: ShardChunks {
    chunks ?? ShardChunks(counts: [count], rowsPerChunk: [count])
  }
}
