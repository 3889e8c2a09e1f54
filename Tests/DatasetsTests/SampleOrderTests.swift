import Datasets
import Testing

@Suite struct SampleOrderTests {
  /// Numbers from 0 that look random and are the same in every run.
  struct Dice {
    var state: UInt64
    mutating func roll(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
  }

  /// What ranks read from step `first` to step `last`, each its own micro-batches.
  private func read(_ schedule: BatchSchedule, ranks: Int, steps: Range<Int>) -> [Int] {
    var samples: [Int] = []
    for step in steps {
      for rank in 0..<ranks {
        let parts = schedule.microBatches
        for part in rank * parts / ranks..<(rank + 1) * parts / ranks {
          samples += schedule.positions(step: step, microBatch: part).map { schedule.order[$0] }
        }
      }
    }
    return samples
  }

  @Test func everySampleComesOnceForAnyRanksShardsAndResumes() {
    var dice = Dice(state: 5)
    for number in 0..<1000 {
      let counts = (0..<1 + dice.roll(8)).map { _ in 1 + dice.roll(dice.roll(2) == 0 ? 7 : 900) }
      let chunks = ShardChunks(
        counts: counts, rowsPerChunk: counts.map { min($0, 1 + dice.roll(40)) })
      let shuffle = Shuffle.allCases[dice.roll(3)]
      let (ranks, later) = (1 + dice.roll(7), 1 + dice.roll(7))
      let parts = max(ranks, later) + dice.roll(6)
      let batch = 1 + dice.roll(130)
      let (seed, epoch) = (UInt64(dice.roll(1000)), dice.roll(50))
      func schedule() -> BatchSchedule {
        BatchSchedule(globalBatch: batch, microBatches: parts, epoch: epoch) {
          SampleOrder(chunks, shuffle, seed: seed, epoch: $0)
        }
      }
      let whole = schedule()
      let stop = dice.roll(whole.stepCount + 1)
      // Another number of ranks goes on, with nothing but the number of the step.
      let seen =
        read(whole, ranks: ranks, steps: 0..<stop)
        + read(schedule(), ranks: later, steps: stop..<whole.stepCount)
      let total = counts.reduce(0, +)
      guard seen.sorted() == Array(0..<total),
        seen == (0..<total).map({ whole.order[$0] })
      else {
        Issue.record("case \(number): \(counts) \(shuffle) on \(ranks), then \(later) ranks")
        return
      }
    }
  }

  @Test func shufflingShardsUsesAFewChunksAtATime() {
    let chunks = ShardChunks(counts: [6400, 3200], rowsPerChunk: [64, 64])
    let order = SampleOrder(chunks, .shards, seed: 3, epoch: 1)
    let pool = 64 * SampleOrder.chunksPerPool
    for start in stride(from: 0, to: 6144, by: pool) {
      let used = Set((start..<start + pool).map { order[$0] / 64 })
      #expect(used.count <= 2 * SampleOrder.chunksPerPool)
    }
  }

  @Test(arguments: [Shuffle.global, .shards]) func epochsAndSeedsDiffer(shuffle: Shuffle) {
    let chunks = ShardChunks(counts: [500, 300], rowsPerChunk: [20, 20])
    func order(_ seed: UInt64, _ epoch: Int) -> [Int] {
      let order = SampleOrder(chunks, shuffle, seed: seed, epoch: epoch)
      return (0..<800).map { order[$0] }
    }
    #expect(order(1, 0) == order(1, 0))
    #expect(order(1, 0) != order(1, 1))
    #expect(order(1, 0) != order(2, 0))
  }

  @Test func unshuffledSamplesComeAsStored() {
    let order = SampleOrder(
      ShardChunks(counts: [3, 4], rowsPerChunk: [2, 2]), .none, seed: 1, epoch: 9)
    #expect((0..<7).map { order[$0] } == Array(0..<7))
  }
}
