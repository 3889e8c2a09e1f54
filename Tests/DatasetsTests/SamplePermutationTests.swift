import Datasets
import Testing

@Suite struct SamplePermutationTests {
  @Test(arguments: [0, 1, 2, 3, 7, 64, 65, 1000, 4096, 10_007])
  func everySampleOccursOnce(count: Int) {
    for epoch in 0..<3 {
      let permutation = SamplePermutation(count: count, seed: 7, epoch: epoch)
      #expect((0..<count).map { permutation[$0] }.sorted() == Array(0..<count))
    }
  }

  @Test func sameSeedAndEpochGiveTheSameOrder() {
    let first = SamplePermutation(count: 500, seed: 3, epoch: 9)
    let second = SamplePermutation(count: 500, seed: 3, epoch: 9)
    #expect((0..<500).map { first[$0] } == (0..<500).map { second[$0] })
  }

  @Test func epochsAndSeedsDiffer() {
    let orders = [(1, 0), (1, 1), (2, 0), (2, 1)].map { seed, epoch in
      let permutation = SamplePermutation(count: 500, seed: UInt64(seed), epoch: epoch)
      return (0..<500).map { permutation[$0] }
    }
    #expect(Set(orders).count == 4)
  }

  @Test func orderIsPinned() {
    // Resumed runs depend on this order: a change here is a change of the checkpoint format.
    let permutation = SamplePermutation(count: 10, seed: 42, epoch: 0)
    #expect((0..<10).map { permutation[$0] } == [0, 9, 7, 3, 1, 8, 2, 4, 6, 5])
  }

  @Test(arguments: [5, 100]) func everyPlaceIsEquallyLikely(count: Int) {
    // Chi-square over (sample at position 0), 200 draws a bin. Beyond mean + 6 deviations
    // (sqrt(2 (count - 1))) would happen by chance less than once in a million seeds.
    let epochs = 200 * count
    var bins = [Double](repeating: 0, count: count)
    for epoch in 0..<epochs {
      bins[SamplePermutation(count: count, seed: 11, epoch: epoch)[0]] += 1
    }
    let statistic = bins.reduce(0) { $0 + ($1 - 200) * ($1 - 200) / 200 }
    let freedom = Double(count - 1)
    #expect(statistic < freedom + 6 * (2 * freedom).squareRoot() + 6)
  }

  @Test func neighboursArePulledApart() {
    // In a uniform order, samples i and i + 1 follow each other for about one i in N.
    let count = 10_000
    let permutation = SamplePermutation(count: count, seed: 1, epoch: 0)
    let followers = (1..<count).filter { permutation[$0] == permutation[$0 - 1] + 1 }.count
    #expect(followers < 12)
  }

  @Test func largeCountsTakeNoMemory() {
    let permutation = SamplePermutation(count: 1 << 40, seed: 1, epoch: 0)
    let samples = (0..<1000).map { permutation[$0] }
    #expect(Set(samples).count == 1000)
    #expect(samples.allSatisfy { (0..<1 << 40).contains($0) })
  }
}
