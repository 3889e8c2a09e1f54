import Datasets
import Testing

@Suite struct BatchScheduleTests {
  @Test(
    arguments: [(1437, 64, 4), (10, 4, 2), (10, 10, 3), (3, 64, 4), (64, 64, 1), (1, 1, 1)])
  func everyPositionIsUsedOnce(count: Int, batch: Int, parts: Int) {
    let schedule = BatchSchedule(
      sampleCount: count, globalBatch: batch, microBatches: parts, seed: 1, epoch: 0)
    var positions: [Int] = []
    for step in 0..<schedule.stepCount {
      for part in 0..<parts { positions += schedule.positions(step: step, microBatch: part) }
    }
    #expect(positions == Array(0..<count))
  }

  @Test func lastBatchIsShorter() {
    let schedule = BatchSchedule(
      sampleCount: 10, globalBatch: 4, microBatches: 2, seed: 1, epoch: 0)
    #expect(schedule.stepCount == 3)
    #expect(schedule.positions(step: 2) == 8..<10)
  }

  @Test func microBatchesDifferByOneAndTheLargerComeFirst() {
    let schedule = BatchSchedule(
      sampleCount: 23, globalBatch: 10, microBatches: 4, seed: 1, epoch: 0)
    #expect((0..<4).map { schedule.positions(step: 0, microBatch: $0).count } == [3, 3, 2, 2])
    #expect((0..<4).map { schedule.positions(step: 2, microBatch: $0).count } == [1, 1, 1, 0])
    #expect(schedule.largestMicroBatch == 3)
  }

  @Test func emptySplitHasNoSteps() {
    let schedule = BatchSchedule(
      sampleCount: 0, globalBatch: 4, microBatches: 2, seed: 1, epoch: 0)
    #expect(schedule.stepCount == 0)
  }
}
