import Testing
import Training

/// Loss scales that follow the gradients, as `torch.amp.GradScaler` at its defaults.
@Suite struct LossScalerTests {
  @Test func gradientThatIsNotFiniteHalvesTheScale() {
    var scaler = LossScaler()
    #expect(scaler.scale == 65536)
    scaler.backOff()
    scaler.backOff()
    #expect(scaler.scale == 16384)
  }

  @Test func twoThousandGoodStepsInARowDoubleTheScale() {
    var scaler = LossScaler()
    for _ in 0..<1999 { scaler.advance() }
    #expect(scaler.scale == 65536)
    scaler.advance()
    #expect(scaler.scale == 131072)
    for _ in 0..<2000 { scaler.advance() }
    #expect(scaler.scale == 262144)
  }

  @Test func stepLeftOutBeginsTheCountAnew() {
    var scaler = LossScaler()
    for _ in 0..<1999 { scaler.advance() }
    scaler.backOff()
    for _ in 0..<1999 { scaler.advance() }
    #expect(scaler.scale == 32768)
    scaler.advance()
    #expect(scaler.scale == 65536)
  }

  @Test func scaleStaysFinite() {
    var scaler = LossScaler(["lossScale.scale": 0x1p127])
    for _ in 0..<4000 { scaler.advance() }
    #expect(scaler.scale == 0x1p127)
  }

  @Test func leastScaleIsNotLowered() {
    var scaler = LossScaler()
    var halvings = 0
    while scaler.canBackOff {
      scaler.backOff()
      halvings += 1
    }
    #expect(halvings == 29)
    #expect(scaler.scale == LossScaler.least)
  }

  @Test func scalerComesBackFromItsNumbers() {
    var scaler = LossScaler()
    #expect(scaler.numbers.isEmpty)
    scaler.backOff()
    scaler.advance()
    #expect(LossScaler(scaler.numbers) == scaler)
    var state = TrainingState()
    (state.scaler, state.skipped) = (scaler, 3)
    let copy = TrainingState(text: state.text)
    #expect(copy.scaler == scaler)
    #expect(copy.skipped == 3)
  }

  @Test func gradientIsLookedAtWhereTheScaleFollowsIt() {
    let recovery = Recovery(Job.Divergence(), watchesGradients: true)
    let state = Recovery.State()
    #expect(recovery.complaint(loss: 1, state) { false } == "the gradient is not finite")
    #expect(recovery.complaint(loss: 1, state) { true } == nil)
  }
}
