import Scaling
import Testing

@Suite struct ScalingPlanTests {
  private let plan = ScalingPlan(
    ranks: [4, 1, 2, 2], modes: [.strong, .weak], rounds: 3, globalBatch: 8)

  @Test func everyOtherRoundGoesBackwards() {
    #expect(plan.order(round: 1) == plan.order(round: 2).reversed())
  }

  @Test func whatTwoModesShareIsMeasuredOnce() {
    #expect(plan.subjects.count == 5)
    #expect(Set(plan.subjects).count == 5)
  }

  @Test func aWeakBatchGrowsWithTheRanks() {
    #expect(plan.subject(.weak, ranks: 4).globalBatch == 32)
    #expect(plan.subject(.strong, ranks: 4).globalBatch == 8)
  }

  @Test func theJobsBatchIsThatOfTheSmallestRun() {
    let plan = ScalingPlan(ranks: [2, 4], modes: [.weak], rounds: 1, globalBatch: 8)
    #expect(plan.subjects.map(\.globalBatch) == [8, 16])
  }
}
