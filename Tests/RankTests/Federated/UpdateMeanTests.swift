import Federated
import MPI
import Testing

extension Ranks {
  @Suite struct FederatedMean {
    let world = Ranks.world
    /// Longer than two blocks of each slice, and not a multiple of anything.
    let count = 150_001

    private func element(_ index: Int) -> Float {
      Float((index * 31 + world.rank * 977) % 2003) / 2003 - 0.5
    }

    @Test(arguments: [true, false]) func bitsAreThoseOfTheSum(sharesMemory: Bool) throws {
      let weight = Int64(world.rank + 3)
      let mean = try UpdateMean(
        count: count, fixedPoint: FixedPoint(), on: world, sharesMemory: sharesMemory)
      for index in 0..<count { mean.memory.base[index] = element(index) }
      let sum = try UpdateSum(
        counts: [count], scalars: 0, fixedPoint: FixedPoint(), on: world)
      sum.add(mean.memory.base, toVector: 0, weight: weight)
      try sum.reduce()
      var expected = [Float](repeating: 0, count: count)
      let total = try world.allReduce(Double(weight), .sum)
      expected.withUnsafeMutableBufferPointer {
        if let base = $0.baseAddress { sum.mean(ofVector: 0, total: total, into: base) }
      }
      #expect(try mean.average(weight: weight) == 0)
      #expect(Array(mean.memory.buffer) == expected)
    }

    @Test(arguments: [true, false])
    func updatesWithoutWeightAreNotLookedAt(sharesMemory: Bool) throws {
      let mean = try UpdateMean(
        count: count, fixedPoint: FixedPoint(), on: world, sharesMemory: sharesMemory)
      let isLast = world.rank == world.size - 1
      mean.memory.base.update(repeating: isLast ? 0.25 : .nan, count: count)
      #expect(try mean.average(weight: 0) == 0)
      #expect(mean.memory.base[0] == 0.25 || !isLast)
      _ = try mean.average(weight: isLast ? 7 : 0)
      #expect(mean.memory.buffer.allSatisfy { $0 == 0.25 })
    }

    @Test(arguments: [true, false]) func whatIsCutIsCounted(sharesMemory: Bool) throws {
      let mean = try UpdateMean(
        count: count, fixedPoint: FixedPoint(), on: world, sharesMemory: sharesMemory)
      mean.memory.base.update(repeating: 0, count: count)
      mean.memory.base[world.rank] = 100
      #expect(try mean.average(weight: 1) == world.size)
      #expect(mean.memory.base[0] == Float(8 / Double(world.size)))
    }

    @Test func benchmarkChecksItsMeans() throws {
      let report = try AggregationBenchmark(on: world, count: 50_000, turns: 2).run()
      #expect(report.ranks == world.size)
      #expect(report.seconds > 0 && report.serverSeconds > 0)
      #expect(report.peakBytes > 200_000)
    }
  }
}
