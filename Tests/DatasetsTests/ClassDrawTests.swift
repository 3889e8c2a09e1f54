import Datasets
import Testing

@Suite struct ClassDrawTests {
  /// 900 samples of class 0, 90 of class 1, 10 of class 2, none of class 3.
  private let labels = (0..<1000).map { Int32($0 < 900 ? 0 : $0 < 990 ? 1 : 2) }
  private var members: ClassDraw.Members { ClassDraw.Members(labels: labels, classes: 4) }

  private func draws(_ sampling: Sampling, epoch: Int = 0) -> [Int] {
    let order = SampleOrder(ClassDraw(sampling, members, seed: 1, epoch: epoch))
    return (0..<order.count).map { order[$0] }
  }

  private func counts(_ samples: [Int]) -> [Int] {
    samples.reduce(into: [0, 0, 0]) { $0[Int(labels[$1])] += 1 }
  }

  @Test func weightsAreTheSharesOfClasses() {
    let counts = counts(draws(.weighted([1, 1, 2, 5])))
    #expect(counts.reduce(0, +) == 1000)
    // Binomial, deviation at most 16: five deviations.
    #expect(abs(counts[0] - 250) < 80 && abs(counts[1] - 250) < 80 && abs(counts[2] - 500) < 80)
  }

  @Test func oversamplingFillsEveryClassUpEvenly() {
    let samples = draws(.oversampled)
    #expect(counts(samples) == [900, 900, 900])
    let times = samples.reduce(into: [Int](repeating: 0, count: 1000)) { $0[$1] += 1 }
    #expect(times[..<900].allSatisfy { $0 == 1 })
    #expect(times[900..<990].allSatisfy { $0 == 10 })
    #expect(times[990...].allSatisfy { $0 == 90 })
  }

  @Test func withoutReplacementNoSampleComesTwice() {
    let samples = draws(.withoutReplacement([1, 10, 90, 1], share: 0.3))
    #expect(samples.count == 300)
    #expect(Set(samples).count == 300)
    // Samples of the rare classes are nearly all taken, of the common one about a quarter.
    #expect(counts(samples)[1] > 60 && counts(samples)[2] == 10)
  }

  @Test(arguments: [
    Sampling.weighted([1, 1, 1, 1]), .withoutReplacement([1, 1, 1, 1], share: 0.5), .oversampled,
  ]) func epochsDifferAndRepeat(sampling: Sampling) {
    #expect(draws(sampling, epoch: 1) == draws(sampling, epoch: 1))
    #expect(draws(sampling, epoch: 1) != draws(sampling, epoch: 2))
  }
}
