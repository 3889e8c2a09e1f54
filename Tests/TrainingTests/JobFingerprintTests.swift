import Testing
import Training

@Suite struct JobFingerprintTests {
  private func fingerprint(_ numbers: [UInt64]) -> JobFingerprint {
    JobFingerprint(digests: numbers)
  }

  @Test func equalRanksAgree() {
    let one = fingerprint([1, 2, 3, 4, 5])
    #expect(JobFingerprint.difference(of: [one, one, one], hosts: ["a", "a", "b"]) == nil)
  }

  @Test(arguments: JobFingerprint.Part.allCases)
  func aDifferenceNamesPartRankHostAndBothHashes(part: JobFingerprint.Part) throws {
    var numbers: [UInt64] = [1, 2, 3, 4, 5]
    let index = try #require(JobFingerprint.Part.allCases.firstIndex(of: part))
    numbers[index] = 0xabc
    let text = try #require(
      JobFingerprint.difference(
        of: [fingerprint([1, 2, 3, 4, 5]), fingerprint([1, 2, 3, 4, 5]), fingerprint(numbers)],
        hosts: ["a", "a", "b"]))
    #expect(text.hasPrefix("rank 2 on b has another \(part.rawValue) than rank 0 on a: "))
    #expect(text.contains("0000000000000abc"))
    #expect(text.contains("000000000000000\(index + 1)"))
  }

  /// The published test vectors of FNV-1a, with the zero that ends a text.
  @Test func digestsAreFNV1a() {
    #expect(JobFingerprint.digest([]) == 0xcbf2_9ce4_8422_2325)
    #expect(JobFingerprint.digest(["a"]) == (0xaf63_dc4c_8601_ec8c &* 0x100_0000_01b3))
    #expect(JobFingerprint.digest(["ab"]) != JobFingerprint.digest(["a", "b"]))
  }
}
