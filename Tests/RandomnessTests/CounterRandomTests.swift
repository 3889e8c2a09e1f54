import Randomness
import Testing

@Suite struct CounterRandomTests {
  /// Known answers of the reference implementation (Random123, kat_vectors, philox4x32-10).
  @Test func philoxGivesThePublishedWords() {
    #expect(
      CounterRandom.philox(counter: (0, 0, 0, 0), key: (0, 0))
        == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = UInt32.max
    #expect(
      CounterRandom.philox(counter: (ones, ones, ones, ones), key: (ones, ones))
        == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      CounterRandom.philox(
        counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        key: (0xa409_3822, 0x299f_31d0)) == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test func streamsDifferBySeedPurposeEpochAndSample() {
    func first(_ seed: UInt64, _ purpose: CounterRandom.Purpose, _ epoch: UInt32, _ sample: UInt64)
      -> [UInt32]
    {
      var random = CounterRandom(seed: seed, purpose: purpose, epoch: epoch, sample: sample)
      return (0..<8).map { _ in random.next32() }
    }
    let base = first(7, .dropout, 1, 2)
    #expect(base == first(7, .dropout, 1, 2))
    for other in [
      first(8, .dropout, 1, 2), first(7, .shuffle, 1, 2), first(7, .dropout, 2, 2),
      first(7, .dropout, 1, 3),
    ] {
      #expect(base != other)
    }
  }

  @Test func uniformAndNormalHaveTheirMoments() {
    var random = CounterRandom(seed: 1, purpose: .sampling)
    let count = 100_000
    let uniforms = (0..<count).map { _ in Double(random.uniform()) }
    let normals = (0..<count).map { _ in Double(random.normal()) }
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    // Five standard errors: 5 * 0.289 / sqrt(1e5) and 5 / sqrt(1e5).
    #expect(abs(mean(uniforms) - 0.5) < 0.0046)
    #expect(abs(mean(normals)) < 0.016)
    #expect(abs(mean(normals.map { $0 * $0 }) - 1) < 0.023)
    #expect(uniforms.allSatisfy { 0 <= $0 && $0 < 1 })
  }
}
