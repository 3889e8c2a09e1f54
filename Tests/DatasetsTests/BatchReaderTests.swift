import Datasets
import Testing

@Suite struct BatchReaderTests {
  let folder: ShardFolder

  init() throws { folder = try ShardFolder() }

  @Test(arguments: [Shuffle.global, .shards, .none])
  func epochReadsEverySampleOnceInTheSchedulesOrder(shuffle: Shuffle) throws {
    let dataset = try ShardedDataset(paths: folder.writeSplit([7, 6, 10]))
    let chunks = try #require(dataset.chunks)
    let schedule = BatchSchedule(globalBatch: 8, microBatches: 3, epoch: 2) {
      SampleOrder(chunks, shuffle, seed: 5, epoch: $0)
    }
    let reader = BatchReader(source: dataset, capacity: schedule.largestMicroBatch)
    var seen: [Int] = []
    var features = [Float](repeating: -1, count: 2 * schedule.largestMicroBatch)
    var labels = [Int32](repeating: -1, count: schedule.largestMicroBatch)
    for step in 0..<schedule.stepCount {
      for part in 0..<3 {
        let count = try features.withUnsafeMutableBufferPointer { features in
          try labels.withUnsafeMutableBufferPointer { labels in
            try reader.read(
              step: step, microBatch: part, of: schedule, into: features, labels: .classes(labels))
          }
        }
        for row in 0..<count {
          seen.append(Int(features[2 * row]))
          #expect(labels[row] == Int32(seen[seen.count - 1] % 3))
        }
      }
    }
    #expect(seen == (0..<23).map { schedule.order[$0] })
  }

  @Test func placesBeyondTheBatchStayAsTheyAre() throws {
    let dataset = try ShardedDataset(paths: folder.writeSplit([5]))
    let reader = BatchReader(source: dataset, capacity: 4)
    var features = [Float](repeating: -1, count: 8)
    let count = try features.withUnsafeMutableBufferPointer {
      try reader.read(3..<5, into: $0, labels: .none)
    }
    #expect(count == 2)
    #expect(features == [3, 3.5, 4, 4.5, -1, -1, -1, -1])
  }
}
