import Datasets
import Foundation
import HDF5
import Testing

@Suite struct ChunkStoreTests {
  let folder: ShardFolder

  init() throws { folder = try ShardFolder() }

  private func schedule(_ dataset: ShardedDataset, _ shuffle: Shuffle, epoch: Int = 0)
    -> BatchSchedule
  {
    let chunks = dataset.chunks ?? ShardChunks(counts: [], rowsPerChunk: [])
    return BatchSchedule(globalBatch: 10, microBatches: 5, epoch: epoch) {
      SampleOrder(chunks, shuffle, seed: 2, epoch: $0)
    }
  }

  @Test(arguments: [1, 3, 8], [1, 2, 3, 4, 7])
  func ranksTogetherReadEachSampleOnce(shards: Int, ranks: Int) throws {
    let paths = try folder.writeSplit((0..<shards).map { 11 + 7 * $0 })
    for (shuffle, cacheBytes) in [(Shuffle.global, 1 << 20), (.shards, 0), (.none, 0)] {
      var seen: [Float] = []
      for rank in 0..<ranks {
        let dataset = try ShardedDataset(paths: paths, cacheBytes: cacheBytes)
        let chunks = try #require(dataset.chunks)
        let schedule = BatchSchedule(globalBatch: 10, microBatches: 7, epoch: 0) {
          SampleOrder(chunks, shuffle, seed: 2, epoch: $0)
        }
        let mine = rank * 7 / ranks..<(rank + 1) * 7 / ranks
        for step in 0..<schedule.stepCount {
          dataset.prefetch(schedule, step: step, microBatches: mine)
          for part in mine {
            let samples = schedule.positions(step: step, microBatch: part).map {
              schedule.order[$0]
            }
            let read = try dataset.read(samples)
            for index in samples.indices {
              seen.append(read.features[2 * index])
              #expect(read.classes[index] == Int32(samples[index] % 3))
            }
          }
        }
      }
      let total = (0..<shards).reduce(0) { $0 + 11 + 7 * $1 }
      #expect(seen.sorted() == (0..<total).map { Float($0) }, "\(shuffle)")
    }
  }

  @Test func smallMemoryGivesTheSameOverEpochs() throws {
    let paths = try folder.writeSplit([200, 300])
    let small = try ShardedDataset(paths: paths, cacheBytes: 0)
    let large = try ShardedDataset(paths: paths)
    #expect(!small.isResident)
    #expect(large.isResident)
    for epoch in 0..<4 {
      let schedule = schedule(small, .global, epoch: epoch)
      for step in 0..<schedule.stepCount {
        small.prefetch(schedule, step: step, microBatches: 0..<5)
        let samples = schedule.positions(step: step).map { schedule.order[$0] }
        #expect(try small.read(samples).features == large.read(samples).features)
      }
    }
  }

  @Test func threadsShareASmallMemory() async throws {
    let dataset = try ShardedDataset(paths: folder.writeSplit([400, 600]), cacheBytes: 0)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for start in 0..<20 {
        group.addTask {
          let order = (0..<100).map { (start * 37 + $0 * 13) % 1000 }
          return try dataset.read(order).classes == order.map { Int32($0 % 3) }
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }

  @Test func sharedMemoryIsFilledByWhoeverComesFirst() throws {
    let paths = try folder.writeSplit([40, 60])
    let sets = try (0..<2).map { _ in try ShardedDataset(paths: paths) }
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: try #require(sets[0].residentByteCount), alignment: 64)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: sets[0].residentByteCount ?? 0)
    for dataset in sets { dataset.share(memory) }
    #expect(try sets[0].read(Array(0..<100)).classes == (0..<100).map { Int32($0 % 3) })
    // What the first has read the second takes from memory: its files may be damaged.
    for path in paths {
      let length = try Data(contentsOf: URL(fileURLWithPath: path)).count
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try file.write(contentsOf: Data(repeating: 0xA5, count: length))
      try file.close()
    }
    #expect(try sets[1].read(Array(0..<100)).classes == (0..<100).map { Int32($0 % 3) })
  }

  @Test func aBadChunkIsAnErrorEveryTimeAndForNobodyElse() throws {
    let path = try folder.write(
      "bad.h5", shape: [8, 1], features: [0, 1, 2, 3, 4, .nan, 6, 7] as [Float],
      labels: [0, 0, 0, 0, 0, 0, 0, 0] as [Int32])
    let dataset = try ShardedDataset(paths: [path], cacheBytes: 0)
    for _ in 0..<2 {
      #expect(throws: DatasetError.notFinite(file: path, dataset: "/features", index: 5)) {
        try dataset.read([5])
      }
      #expect(try dataset.read([4]).features == [4])
    }
  }
}
