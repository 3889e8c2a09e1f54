import Datasets
import Foundation
import Importers
import MPI
import Testing

extension Ranks {
  @Suite struct PartitionTests {
    /// Shards of blobs, written by the root; the path is the same on all ranks.
    private func shards(_ count: Int, _ number: Int) throws -> [String] {
      let folder = NSTemporaryDirectory() + "/trireme-ranks-\(UUID().uuidString)"
      let path = try world.broadcast(folder, from: 0)
      if world.isRoot {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var settings = ImportPlan.Settings()
        (settings.shards, settings.isShuffled, settings.chunkRows) = (number, false, 8)
        let samples = SyntheticSamples(.blobs, count: count, shape: [3], classes: 5, seed: 2)
        let plan = try ImportPlan([ImportedSplit("train", samples)], settings)
        let writer = ShardWriter(folder: path)
        for file in plan.files {
          try writer.write(file, settings, normalization: nil) { _ in }
          try writer.finish(file.name)
        }
      }
      try world.barrier()
      return try ShardPaths.expand(["\(path)/train-*.h5"])
    }

    private func remove(_ paths: [String]) throws {
      try world.barrier()
      guard world.isRoot, let first = paths.first else { return }
      try? FileManager.default.removeItem(
        at: URL(fileURLWithPath: first).deletingLastPathComponent())
    }

    private var world: Communicator { Ranks.world }

    @Test(arguments: Shuffle.allCases) func ranksTogetherReadEverySampleOnce(shuffle: Shuffle)
      throws
    {
      let paths = try shards(203, 3)
      let dataset = try ShardedDataset(paths: paths, cacheBytes: 0)
      let chunks = try #require(dataset.chunks)
      let schedule = BatchSchedule(globalBatch: 20, microBatches: 9, epoch: 3) {
        SampleOrder(chunks, shuffle, seed: 4, epoch: $0)
      }
      let whole = try ShardedDataset(paths: paths)
      let mine = world.rank * 9 / world.size..<(world.rank + 1) * 9 / world.size
      var seen = [Int64](repeating: 0, count: 203)
      for step in 0..<schedule.stepCount {
        dataset.prefetch(schedule, step: step, microBatches: mine)
        for part in mine {
          for position in schedule.positions(step: step, microBatch: part) {
            let sample = schedule.order[position]
            seen[sample] += 1
            #expect(try dataset.read([sample]).features == whole.read([sample]).features)
          }
        }
      }
      try world.allReduce(&seen, .sum)
      #expect(seen.allSatisfy { $0 == 1 })
      try remove(paths)
    }

    @Test(arguments: [SplitMoments.Grain.channels, .features])
    func statisticsDoNotDependOnRanks(grain: SplitMoments.Grain) throws {
      let paths = try shards(150, 2)
      let moments = SplitMoments(try ShardedDataset(paths: paths), grain)
      func numbers(_ parts: some Sequence<Int>) throws -> [Double] {
        var numbers = [Double](repeating: 0, count: SplitMoments.partCount * moments.numbersPerPart)
        for part in parts {
          let start = part * moments.numbersPerPart
          numbers.replaceSubrange(
            start..<start + moments.numbersPerPart, with: try moments.numbers(ofPart: part))
        }
        return numbers
      }
      var shared = try numbers(stride(from: world.rank, to: SplitMoments.partCount, by: world.size))
      try world.allReduce(&shared, .sum)
      #expect(
        try moments.normalization(shared)
          == moments.normalization(numbers(0..<SplitMoments.partCount)))
      try remove(paths)
    }
  }
}
