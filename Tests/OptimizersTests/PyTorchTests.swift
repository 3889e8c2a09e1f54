import Optimizers
import Testing

/// Parameters after five steps, computed with PyTorch 2.13 from the same start and gradients.
@Suite struct PyTorchTests {
  @Test func plainDescent() {
    #expect(
      agree(
        Training.fiveSteps(SGD(), rate: 0.1), [0.4625, -1.3375, 2, -0.0124999946, 0.0405]))
  }

  @Test func weightDecay() {
    #expect(
      agree(
        Training.fiveSteps(SGD(weightDecay: 0.05), rate: 0.1),
        [0.450933427, -1.3052578, 1.95024931, -0.0104595711, 0.0404851437]))
  }

  @Test func momentum() {
    #expect(
      agree(
        Training.fiveSteps(SGD(momentum: 0.9), rate: 0.1),
        [0.327972502, -1.54230618, 2.03911614, 0.0565749966, 0.039296262]))
  }

  @Test func dampeningSparesTheFirstStep() {
    #expect(
      agree(
        Training.fiveSteps(SGD(momentum: 0.9, dampening: 0.25, weightDecay: 0.05), rate: 0.1),
        [0.32011044, -1.46178162, 1.95866072, 0.0219190791, -0.00683936989]))
  }

  @Test func nesterov() {
    #expect(
      agree(
        Training.fiveSteps(SGD(momentum: 0.9, isNesterov: true, weightDecay: 0.05), rate: 0.1),
        [0.271576077, -1.48670411, 1.86813009, 0.133294821, 0.0752353445]))
  }

  @Test func adam() {
    #expect(
      agree(
        Training.fiveSteps(Adam(), rate: 0.003),
        [0.493501902, -1.25863588, 2.00269318, -0.0955462754, 0.000989592401]))
  }

  @Test func adamWithWeightDecayInTheGradient() {
    #expect(
      agree(
        Training.fiveSteps(
          Adam(beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.1), rate: 0.01),
        [0.474377006, -1.2668736, 1.99095142, -0.0751543641, -0.00171865569]))
  }

  @Test func adamWithDecoupledWeightDecay() {
    #expect(
      agree(
        Training.fiveSteps(AdamW(weightDecay: 0.1), rate: 0.01),
        [0.475899011, -1.27247572, 1.99896348, -0.0846808255, -0.00367293204]))
  }
}
