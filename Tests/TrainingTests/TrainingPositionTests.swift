import Testing
import Training

@Suite struct TrainingPositionTests {
  @Test func stepsCountOnThroughEpochs() {
    var position = TrainingPosition()
    var seen: [[Int]] = []
    for _ in 0..<4 {
      position.advance(stepsInEpoch: 3)
      seen.append([position.step, position.epoch, position.stepInEpoch])
    }
    #expect(seen == [[1, 0, 1], [2, 0, 2], [3, 1, 0], [4, 1, 1]])
  }

  @Test func epochOfOneStepEndsAtOnce() {
    var position = TrainingPosition()
    position.advance(stepsInEpoch: 1)
    #expect([position.step, position.epoch, position.stepInEpoch] == [1, 1, 0])
  }
}
