import Collectives
import Testing

/// Buckets among ranks of one process, whose order of moves is the test's.
@Suite struct BucketPipelineTests {
  /// Notes what a pipeline tells.
  private final class Notes: BucketObserver {
    var lines: [String] = []
    func bucketStarted(_ bucket: Int) { lines.append("start \(bucket)") }
    func bucketEnded(_ bucket: Int) { lines.append("end \(bucket)") }
    func waitStarted(for bucket: Int) { lines.append("wait \(bucket)") }
    func waitEnded() { lines.append("done") }
  }

  /// A rank with a flat array of its own.
  private final class Rank {
    let array: UnsafeMutableBufferPointer<Float>
    let pipeline: BucketPipeline
    let notes = Notes()

    init(_ reduction: InProcessReduction, buckets: [Range<Int>], count: Int) {
      array = .allocate(capacity: count)
      for index in 0..<count {
        array.initializeElement(at: index, to: Float(index + reduction.rank))
      }
      pipeline = BucketPipeline(
        buckets.map { _ in reduction }, buckets: buckets, parts: [array], result: array)
      pipeline.observers = [notes]
    }

    deinit { array.deallocate() }
  }

  private let buckets = [30..<32, 0..<7, 7..<30]

  private func ranks(_ size: Int) -> [Rank] {
    InProcessReduction.ranks(size).map { Rank($0, buckets: buckets, count: 32) }
  }

  /// Whatever rank moves when, every rank gets every sum, and starts buckets in order.
  @Test(arguments: Array(1...16), [1, 2, 3])
  func anyOrderOfMovesGivesAllSums(size: Int, seed: UInt32) throws {
    let ranks = ranks(size)
    var ready = [Int](repeating: 0, count: size)
    var state = seed
    for _ in 0..<1000 * size {
      state = state &* 1_664_525 &+ 1_013_904_223
      let rank = Int(state >> 16) % size
      if ready[rank] < 3, state & 0x100 != 0 { ready[rank] += 1 }
      ranks[rank].pipeline.markReady(ready[rank])
      try ranks[rank].pipeline.progress()
    }
    for rank in ranks {
      try rank.pipeline.finish()
      for index in 0..<32 {
        #expect(rank.array[index] == Float(size * index + size * (size - 1) / 2))
      }
      #expect(rank.notes.lines.filter { $0.hasPrefix("s") } == ["start 0", "start 1", "start 2"])
    }
  }

  @Test func nothingStartsBeforeItIsReady() throws {
    let ranks = ranks(2)
    for rank in ranks { try rank.pipeline.progress() }
    #expect(ranks.allSatisfy { $0.notes.lines.isEmpty })
    ranks[0].pipeline.markReady(2)
    try ranks[0].pipeline.progress()
    #expect(ranks[0].notes.lines == ["start 0"])
    #expect(ranks[0].pipeline.isBusy)
  }

  @Test func waitingIsTold() throws {
    let ranks = ranks(2)
    ranks[1].pipeline.markReady(3)
    for _ in 0..<3 {
      ranks[0].pipeline.markReady(3)
      try ranks[0].pipeline.progress()
      try ranks[1].pipeline.progress()
    }
    try ranks[0].pipeline.progress()
    try ranks[0].pipeline.finish()
    #expect(ranks[0].notes.lines.last == "end 2")
    ranks[0].pipeline.begin()
    #expect(!ranks[0].pipeline.isBusy)
  }
}
