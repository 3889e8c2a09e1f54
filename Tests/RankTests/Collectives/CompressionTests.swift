import Collectives
import MPI
import Testing

extension Ranks {
  /// Compressed sums: the same on all ranks, and what is not in them is left over.
  @Suite struct CompressionTests {
    static let all: [GradientCompression] = [
      .none, .bf16, .fp16, .sign, .topK(share: 0.1), .randomK(share: 0.25), .powerSGD(rank: 2),
    ]
    private let buckets = [0..<1000, 1000..<1016, 1016..<5016]
    private let matrices: [[GradientMatrix]] = [
      [.init(offset: 0, rows: 20, columns: 40)], [], [.init(offset: 100, rows: 30, columns: 100)],
    ]

    private func make(_ compression: GradientCompression) throws -> CompressedSums {
      try CompressedSums(
        compression, buckets: buckets, count: 5016, matrices: matrices, by: .auto, on: Ranks.world)
    }

    /// One step's sums, bucket after bucket.
    private func sum(_ sums: CompressedSums, _ gradients: [Float], step: Int) throws -> [Float] {
      sums.clock.step = step
      var values = gradients
      try values.withUnsafeMutableBufferPointer { values in
        for (bucket, reduction) in zip(buckets, sums.reductions) {
          let part = UnsafeMutableBufferPointer(rebasing: values[bucket])
          try reduction.start([part], into: part, scaledBy: 1)
          try reduction.finish()
        }
      }
      return values
    }

    @Test(arguments: all) func allRanksGetTheSameBits(compression: GradientCompression) throws {
      let sums = try make(compression)
      for step in 1...3 {
        let mine = try sum(sums, noise(leaf: 10 * step + Ranks.world.rank, count: 5016), step: step)
        var roots = mine
        try Ranks.world.broadcast(&roots)
        #expect(bits(mine) == bits(roots))
      }
    }

    /// Over some steps, sums and what is left over on all ranks are together the sums of all gradients.
    @Test(arguments: all) func nothingIsLost(compression: GradientCompression) throws {
      let sums = try make(compression)
      var given = [Double](repeating: 0, count: 5016)
      var got = given
      for step in 1...5 {
        for rank in 0..<Ranks.world.size {
          for (index, value) in noise(leaf: 10 * step + rank, count: 5016).enumerated() {
            given[index] += Double(value)
          }
        }
        let result = try sum(
          sums, noise(leaf: 10 * step + Ranks.world.rank, count: 5016), step: step)
        for index in result.indices { got[index] += Double(result[index]) }
      }
      var rest = sums.rest.map { Double($0) }
      try Ranks.world.allReduce(&rest, .sum)
      // Sums of values up to about 5 P in float32; those of 16 bits are also rounded on their way.
      let ranks = Double(Ranks.world.size)
      let tolerance =
        switch compression {
        case .bf16: 0.05 * ranks * ranks
        case .fp16: 0.008 * ranks * ranks
        default: 2e-4 * ranks
        }
      let error = given.indices.map { abs(given[$0] - got[$0] - rest[$0]) }.max() ?? 0
      #expect(error <= tolerance, "\(error)")
    }

    @Test func topKSendsTheLargest() throws {
      let sums = try make(.topK(share: 0.01))
      var mine = [Float](repeating: 0.001, count: 5016)
      // Each rank has ten large elements in the first bucket, at places of its own.
      for index in 0..<10 { mine[index * 20 + Ranks.world.rank] = Float(index + 1) }
      let result = try sum(sums, mine, step: 1)
      for rank in 0..<Ranks.world.size {
        for index in 0..<10 { #expect(result[index * 20 + rank] == Float(index + 1)) }
      }
      #expect(result[..<1000].filter { $0 == 0 }.count == 1000 - 10 * Ranks.world.size)
    }

    @Test func powerSGDIsExactForMatricesOfItsRank() throws {
      let sums = try make(.powerSGD(rank: 2))
      // The same rank-one matrix on all ranks, times a number of each.
      let mine = (0..<5016).map { index -> Float in
        guard index < 800 else { return 0 }
        let value = Float(index / 40 + 1) * Float(index % 40 - 20)
        return value * Float(Ranks.world.rank + 1)
      }
      let result = try sum(sums, mine, step: 1)
      let factor = Float((1...Ranks.world.size).reduce(0, +)) / Float(Ranks.world.rank + 1)
      for index in 0..<800 {
        #expect(abs(result[index] - factor * mine[index]) <= 1e-3 * (1 + abs(result[index])))
      }
    }

    /// Bytes by the formulas of the documentation, for the buckets above.
    static let bytes: [Int] = [
      20064, 10032, 10032,
      // sign: 4 + 4 ceil(n / 32)
      132 + 8 + 504,
      // topK: 8 k
      8 * 502,
      // randomK: 4 k
      4 * 1254,
      // powerSGD: 4 (r (rows + columns) + what is no matrix)
      4 * (120 + 200 + 16 + 260 + 1000),
    ]

    @Test(arguments: zip(all, bytes))
    func bytesFollowTheFormula(compression: GradientCompression, bytes: Int) throws {
      #expect(try make(compression).byteCount == bytes)
    }
  }
}
