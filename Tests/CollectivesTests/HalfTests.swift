import Collectives
import Testing

/// Floats of 16 bits: the vector loops against conversions by hand.
@Suite struct HalfTests {
  /// All magnitudes, special values and ties between neighbours.
  private let singles: [Float] =
    [0, -0, 1, -1, .infinity, -.infinity, 65_504, 65_520, 1e-8, 3e38, .leastNonzeroMagnitude]
    + (0..<2000).map { Float(bitPattern: 0x3f80_0000 + UInt32($0) * 0x800) }

  @Test func bfloat16RoundsToNearestEven() {
    #expect(Float(BFloat16(1 + 1 / 256)) == 1)
    #expect(Float(BFloat16(1 + 3 / 256)) == Float(1.015625))
    #expect(Float(BFloat16(1 + 1.01 / 256)) == Float(1.0078125))
    #expect(Float(BFloat16(Float.nan)).isNaN)
    #expect(Float(BFloat16(Float.greatestFiniteMagnitude)) == .infinity)
  }

  @Test func everyBfloat16KeepsItsBits() {
    for pattern in UInt16.min...UInt16.max {
      let value = BFloat16(bitPattern: pattern)
      if Float(value).isNaN { continue }
      #expect(BFloat16(Float(value)).bitPattern == pattern)
    }
  }

  @Test func bfloat16LoopsRoundLikeTheType() {
    var sums = singles.map { BFloat16($0) }
    let others = singles.reversed().map { BFloat16($0) }
    let expected = zip(sums, others).map { $0 + $1 }
    BFloat16.add(others, to: &sums, count: sums.count)
    #expect(same(sums, expected))
    BFloat16.scale(&sums, by: 0.3, count: sums.count)
    #expect(same(sums, expected.map { BFloat16(Float($0) * 0.3) }))
  }

  @Test func float16LoopsRoundLikeTheType() {
    var sums = singles.map { Float16($0) }
    let others = singles.reversed().map { Float16($0) }
    let expected = zip(sums, others).map { Float16(Float($0) + Float($1)) }
    Float16.add(others, to: &sums, count: sums.count)
    #expect(zip(sums, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
  }

  private func same(_ first: [BFloat16], _ second: [BFloat16]) -> Bool {
    zip(first, second).allSatisfy { $0 == $1 || (Float($0).isNaN && Float($1).isNaN) }
  }
}
