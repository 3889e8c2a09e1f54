import Collectives
import MPI
import Testing

extension Ranks {
  @Suite struct AdasumTests {
    private let world = Ranks.world

    /// Combines `values`, which are this rank's own mean, in two parameters and a gap.
    private func combine(_ values: [Float], places: [Range<Int>]) throws -> [Float] {
      let adasum = try Adasum(count: values.count, places: places, on: world)
      // Ranks bring shares of one mean.
      var shares = values.map { $0 / Float(world.size) }
      try shares.withUnsafeMutableBufferPointer { shares in
        try adasum.start([shares], into: shares, scaledBy: 1)
        try adasum.finish()
      }
      return shares
    }

    /// The definition, in double precision, over the same pairs.
    private func reference(_ ranks: [[Double]], places: [Range<Int>]) -> [Double] {
      func pair(_ a: [Double], _ b: [Double]) -> [Double] {
        var sum = zip(a, b).map { $0 + $1 }
        for place in places {
          let dot = place.reduce(0) { $0 + a[$1] * b[$1] }
          let (aa, bb) = (
            place.reduce(0) { $0 + a[$1] * a[$1] }, place.reduce(0) { $0 + b[$1] * b[$1] }
          )
          let (x, y) = (aa > 0 ? 1 - dot / (2 * aa) : 1, bb > 0 ? 1 - dot / (2 * bb) : 1)
          for index in place { sum[index] = x * a[index] + y * b[index] }
        }
        return sum
      }
      var members = ranks
      var power = 1
      while 2 * power <= members.count { power *= 2 }
      // The first ranks go in pairs until a power of two is left.
      let extra = members.count - power
      members =
        (0..<extra).map { pair(members[2 * $0], members[2 * $0 + 1]) } + members[(2 * extra)...]
      while members.count > 1 {
        members = stride(from: 0, to: members.count, by: 2).map {
          pair(members[$0], members[$0 + 1])
        }
      }
      return members[0]
    }

    @Test func equalGradientsAreAveraged() throws {
      let mine = noise(leaf: 3, count: 100)
      for (got, wanted) in zip(try combine(mine, places: [0..<40, 40..<100]), mine) {
        #expect(abs(got - wanted) <= 1e-5)
      }
    }

    @Test func orthogonalGradientsAreAdded() throws {
      var mine = [Float](repeating: 0, count: 32)
      mine[world.rank] = Float(world.rank + 1)
      let sum = try combine(mine, places: [0..<32])
      for index in 0..<32 {
        let wanted = index < world.size ? Float(index + 1) : 0
        #expect(abs(sum[index] - wanted) <= 1e-5 * max(1, wanted))
      }
    }

    @Test func anyGradientsFollowTheDefinitionAndAreTheSameOnAllRanks() throws {
      let places = [0..<300, 310..<1000]
      let got = try combine(noise(leaf: world.rank, count: 1000), places: places)
      let wanted = reference(
        (0..<world.size).map { noise(leaf: $0, count: 1000).map { Double($0) } }, places: places)
      for (got, wanted) in zip(got, wanted) { #expect(abs(Double(got) - wanted) <= 1e-4) }
      var roots = got
      try world.broadcast(&roots)
      #expect(bits(got) == bits(roots))
    }
  }
}
