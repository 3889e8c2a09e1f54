import Testing
import Training

@Suite struct RecoveryTests {
  private func recovery(
    skips: Int = 0, rollbacks: Int = 0, explosion: Double? = nil
  ) -> Recovery {
    var settings = Job.Divergence()
    (settings.skips, settings.rollbacks, settings.explosion) = (skips, rollbacks, explosion)
    return Recovery(settings)
  }

  @Test func lossThatIsNoNumberIsACause() {
    let recovery = recovery()
    let state = Recovery.State()
    #expect(recovery.complaint(loss: .nan, state) { true } == "the loss is not a number")
    #expect(recovery.complaint(loss: .infinity, state) { true } == "the loss is infinite")
    #expect(recovery.complaint(loss: 1, state) { true } == nil)
  }

  @Test func gradientIsLookedAtOnlyIfSomethingCanBeDone() {
    let state = Recovery.State()
    #expect(recovery().complaint(loss: 1, state) { false } == nil)
    #expect(
      recovery(skips: 1).complaint(loss: 1, state) { false } == "the gradient is not finite")
  }

  @Test func lossExplodesAgainstItsRunningMean() {
    let recovery = recovery(skips: 1, explosion: 5)
    var state = Recovery.State()
    #expect(recovery.complaint(loss: 1_000, state) { true } == nil)
    recovery.note(loss: 1, in: &state)
    #expect(recovery.complaint(loss: 4.9, state) { true } == nil)
    #expect(recovery.complaint(loss: 5.1, state) { true } != nil)
    recovery.note(loss: 2, in: &state)
    #expect(state.meanLoss == 0.98 * 1 + (1 - 0.98) * 2)
  }

  @Test func stepsAreLeftOutThenTheRunGoesBackThenItEnds() {
    let recovery = recovery(skips: 2, rollbacks: 1)
    var state = Recovery.State()
    #expect(recovery.verdict(state) == .skip)
    state.skipped = 2
    #expect(recovery.verdict(state) == .goBack)
    state = recovery.afterGoingBack(state, to: Recovery.State())
    #expect(state.rateFactor == 0.5)
    #expect(recovery.verdict(state) == .skip)
    state.skipped = 2
    #expect(recovery.verdict(state) == .end)
  }

  @Test func stepThatIsTakenForgivesThoseLeftOut() {
    var state = Recovery.State()
    state.skipped = 2
    recovery(skips: 2).note(loss: 1, in: &state)
    #expect(state.skipped == 0)
  }

  @Test func stateComesBackFromItsNumbers() {
    var state = Recovery.State()
    (state.skipped, state.rollbacks, state.rateFactor, state.meanLoss) = (1, 2, 0.25, 0.1)
    #expect(Recovery.State(state.numbers) == state)
    #expect(Recovery.State().numbers.isEmpty)
  }

  @Test func trainingStateComesBackFromItsText() {
    var state = TrainingState()
    state.position = TrainingPosition(step: 70, epoch: 3, stepInEpoch: 1)
    state.meter = Meter(["epoch.lossSum": 0.1, "epoch.correct": 3, "epoch.samples": 64])
    state.best = BestEvaluation(value: 1.0 / 3, step: 46)
    state.recovery.rateFactor = 0.5
    let copy = TrainingState(text: state.text)
    #expect(copy.position == state.position)
    #expect(copy.numbers == state.numbers)
    #expect(copy.best == state.best)
  }
}
