import Engine
import Randomness
import Testing

/// Placement of buffers by lifetime.
@Suite struct MemoryPlanTests {
  private typealias Access = MemoryPlan.Access

  private struct Sample {
    let byteCounts: [Int?]
    let steps: [Access]

    /// The steps at which `buffer` is used.
    func uses(_ buffer: Int) -> [Int] {
      steps.indices.filter { (steps[$0].reads + steps[$0].writes).contains(buffer) }
    }

    /// Whether somebody allowed `step` to put what it writes in place of `read`.
    func mayReplace(_ written: Int, _ read: Int, at step: Int) -> Bool {
      steps[step].mayReplace.map { $0.written == written && $0.read.contains(read) } ?? false
    }
  }

  /// Random programs: each step writes a new buffer or two, reads some of the earlier ones, and may
  /// often replace one of them; a sixth of the buffers lives elsewhere.
  private static func sample(_ seed: UInt64) -> Sample {
    var random = CounterRandom(seed: seed, purpose: .synthetic)
    func draw(_ count: Int) -> Int { Int(random.next32() % UInt32(count)) }
    let sizes = [4, 60, 64, 100, 1000, 4096, 4100]
    var byteCounts: [Int?] = [64]
    var steps: [Access] = []
    for _ in 0..<(5 + draw(60)) {
      // Mostly what was made lately, sometimes one twice.
      var reads = (0..<draw(4)).map { _ in max(0, byteCounts.count - 1 - draw(8)) }
      if draw(5) == 0, let first = reads.first { reads.append(first) }
      let written = byteCounts.count
      byteCounts.append(draw(6) == 0 ? nil : sizes[draw(sizes.count)])
      var writes = [written]
      if draw(4) == 0 {
        writes.append(byteCounts.count)
        byteCounts.append(sizes[draw(sizes.count)])
      }
      steps.append(
        Access(
          reads: reads, writes: writes,
          mayReplace: draw(3) == 0 || reads.isEmpty ? nil : (written, Array(Set(reads)).sorted())))
    }
    return Sample(byteCounts: byteCounts, steps: steps)
  }

  /// Two buffers that are alive at the same step share no byte, unless the later one replaces the
  /// earlier one at the step that reads it last and writes the other first, and at no other step.
  @Test(arguments: 0..<300 as Range<UInt64>) func buffersAliveTogetherAreApart(seed: UInt64) {
    let sample = Self.sample(seed)
    let plan = MemoryPlan(byteCounts: sample.byteCounts, steps: sample.steps)
    let placed = sample.byteCounts.indices.filter { plan.offsets[$0] != nil }
    for (number, a) in placed.enumerated() {
      for b in placed[(number + 1)...] {
        guard let (first, last) = Self.shared(a, b, sample, plan) else { continue }
        let (usesFirst, usesLast) = (sample.uses(first), sample.uses(last))
        #expect(usesFirst.last == usesLast.first, "buffers \(a) and \(b)")
        guard let step = usesFirst.last else { continue }
        #expect(sample.mayReplace(last, first, at: step), "buffers \(a) and \(b) at step \(step)")
        #expect(sample.steps[step].reads.count { $0 == first } == 1)
        #expect(plan.offsets[first] == plan.offsets[last])
      }
    }
  }

  /// The two buffers in the order of their lives, if they share bytes while both are alive.
  private static func shared(
    _ a: Int, _ b: Int, _ sample: Sample, _ plan: MemoryPlan
  ) -> (first: Int, last: Int)? {
    guard let offsetA = plan.offsets[a], let offsetB = plan.offsets[b],
      let bytesA = sample.byteCounts[a], let bytesB = sample.byteCounts[b],
      offsetA < offsetB + bytesB, offsetB < offsetA + bytesA
    else { return nil }
    let (usesA, usesB) = (sample.uses(a), sample.uses(b))
    guard let firstA = usesA.first, let lastA = usesA.last, let firstB = usesB.first,
      let lastB = usesB.last, firstA <= lastB, firstB <= lastA
    else { return nil }
    return (firstA, lastA) < (firstB, lastB) ? (a, b) : (b, a)
  }

  @Test(arguments: 0..<300 as Range<UInt64>) func buffersLieInTheArena(seed: UInt64) {
    let sample = Self.sample(seed)
    let plan = MemoryPlan(byteCounts: sample.byteCounts, steps: sample.steps)
    #expect(plan.byteCount >= plan.liveByteCount)
    for (buffer, byteCount) in sample.byteCounts.enumerated() {
      let isPlaced = byteCount != nil && !sample.uses(buffer).isEmpty
      #expect((plan.offsets[buffer] != nil) == isPlaced)
      guard let offset = plan.offsets[buffer], let byteCount else { continue }
      #expect(offset % MemoryPlan.alignment == 0)
      #expect(offset + byteCount <= plan.byteCount)
    }
  }

  // MARK: - In place

  private func offsets(_ byteCounts: [Int?], _ steps: [Access]) -> [Int?] {
    MemoryPlan(byteCounts: byteCounts, steps: steps).offsets
  }

  @Test func lastReadMayBeReplaced() {
    let steps = [
      Access(reads: [], writes: [0]),
      Access(reads: [0], writes: [1], mayReplace: (1, [0])),
      Access(reads: [1], writes: [2], mayReplace: (2, [1])),
    ]
    let plan = MemoryPlan(byteCounts: [100, 128, 65], steps: steps)
    #expect(plan.offsets == [0, 0, 0])
    #expect(plan.byteCount == 128)
  }

  @Test func whatIsReadLaterIsKept() {
    let found = offsets(
      [64, 64, 64],
      [
        Access(reads: [], writes: [0]),
        Access(reads: [0], writes: [1], mayReplace: (1, [0])),
        Access(reads: [0, 1], writes: [2]),
      ])
    #expect(found[0] != found[1])
  }

  /// The second reader of a merged buffer sees the first one's result.
  @Test func mergedBufferLivesAsLongAsItsLastReader() {
    let found = offsets(
      [64, 64, 64, 64],
      [
        Access(reads: [], writes: [0]),
        Access(reads: [0], writes: [1], mayReplace: (1, [0])),
        Access(reads: [], writes: [2]),
        Access(reads: [1, 2], writes: [3]),
      ])
    #expect(found[1] == found[0])
    #expect(found[2] != found[0])
  }

  @Test func operandReadTwiceIsKept() {
    let found = offsets(
      [64, 64],
      [
        Access(reads: [], writes: [0]), Access(reads: [0, 0], writes: [1], mayReplace: (1, [0])),
      ])
    #expect(found[0] != found[1])
  }

  @Test func memoryElsewhereIsNotReplaced() {
    let found = offsets([nil, 64], [Access(reads: [0], writes: [1], mayReplace: (1, [0]))])
    #expect(found == [nil, 0])
  }

  @Test func otherSizeIsNotReplaced() {
    let found = offsets(
      [64, 128],
      [Access(reads: [], writes: [0]), Access(reads: [0], writes: [1], mayReplace: (1, [0]))])
    #expect(found[0] != found[1])
  }
}
