import Scaling
import Testing

@Suite struct EstimateTests {
  @Test func medianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
    #expect(Estimate([4, 1, 3, 2]).median == 2.5)
  }

  @Test func quartilesAreThoseOfNumPy() {
    let estimate = Estimate([7, 1, 4, 2, 9])
    #expect([estimate.low, estimate.median, estimate.high] == [2, 4, 7])
  }

  @Test func oneRunHasNoSpread() {
    let estimate = Estimate([3])
    #expect(estimate.low == 3 && estimate.high == 3)
  }

  @Test func runsKeepTheirOrder() {
    #expect(Estimate([3, 1, 2]).runs == [3, 1, 2])
  }
}
