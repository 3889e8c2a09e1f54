import Datasets
import Testing
import Training

@Suite struct NormalizationTextTests {
  @Test func everyBitComesBack() throws {
    let normalization = try #require(
      Normalization(
        mean: [0.1, -.pi, .leastNormalMagnitude / 3, 123_456_792],
        deviation: [1 / 3, .leastNonzeroMagnitude, 1e30, 1]))
    #expect(NormalizationText.decode(NormalizationText.encode(normalization)) == normalization)
  }

  @Test(arguments: ["", "1 2", "1 2\n3", "1\n0", "1\nnan", "1\n2\n3", "one\ntwo"])
  func otherTextIsRefused(text: String) {
    #expect(NormalizationText.decode(text) == nil)
  }
}
