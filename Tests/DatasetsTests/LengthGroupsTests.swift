import Datasets
import Testing

@Suite struct LengthGroupsTests {
  private func order(_ lengths: [Int], batch: Int, epoch: Int = 0) -> [Int] {
    let order = SampleOrder(LengthGroups(lengths: lengths, batch: batch, seed: 3), epoch: epoch)
    return (0..<order.count).map { order[$0] }
  }

  private let lengths = (0..<1_000).map { 1 + ($0 * 7_919) % 40 }

  @Test(arguments: [0, 1, 7, 64, 65, 1_000], [1, 8, 64])
  func eachSampleComesOnce(count: Int, batch: Int) {
    #expect(order(Array(lengths[..<count]), batch: batch).sorted() == Array(0..<count))
  }

  @Test func samplesOfABatchAreAboutEquallyLong() {
    let order = order(lengths, batch: 8)
    let padding = stride(from: 0, to: order.count, by: 8).reduce(0) { sum, start in
      let batch = order[start..<start + 8].map { lengths[$0] }
      return sum + batch.reduce(0) { $0 + (batch.max() ?? 0) - $1 }
    }
    // Batches in any order fill up about sixteen steps a sample.
    #expect(padding < order.count)
  }

  @Test func batchesComeInNoOrderOfLength() {
    let longest = stride(from: 0, to: 1_000, by: 8).map { lengths[order(lengths, batch: 8)[$0]] }
    #expect(longest != longest.sorted() && longest != longest.sorted(by: >))
  }

  @Test func epochsDiffer() {
    #expect(order(lengths, batch: 8, epoch: 0) != order(lengths, batch: 8, epoch: 1))
    #expect(order(lengths, batch: 8, epoch: 1) == order(lengths, batch: 8, epoch: 1))
  }

  @Test func theShortBatchIsLast() {
    // 13 samples, batches of 5: the three shortest are the rest of the only pool.
    let order = order(Array(1...13), batch: 5)
    #expect(Set(order[10...]) == [0, 1, 2])
  }
}
