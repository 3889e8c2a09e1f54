import Optimizers
import Testing

/// Parameters after five steps, computed with PyTorch 2.13 and 2.15 from the same start and gradients;
/// Lion, LARS and LAMB, which PyTorch lacks, by their papers' formulas on its tensors.
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

  @Test func rmsprop() {
    #expect(
      agree(
        Training.fiveSteps(RMSprop(), rate: 0.01),
        [0.412599474, -1.37511098, 2.03992343, 0.0300490297, 0.0180942137]))
  }

  @Test func rmspropWithMomentum() {
    #expect(
      agree(
        Training.fiveSteps(RMSprop(momentum: 0.8), rate: 0.01),
        [0.175438195, -1.62136984, 2.1699779, 0.154385179, -0.0598249398]))
  }

  @Test func centeredRMSprop() {
    #expect(
      agree(
        Training.fiveSteps(
          RMSprop(rho: 0.9, epsilon: 1e-3, momentum: 0.8, isCentered: true, weightDecay: 0.05),
          rate: 0.01),
        [0.380764008, -1.35190892, 2.02468848, 0.0545560867, -0.0170602351]))
  }

  @Test func adagrad() {
    #expect(
      agree(
        Training.fiveSteps(Adagrad(), rate: 0.1),
        [0.412271589, -1.37491357, 2.04004312, 0.029625617, 0.0176122785]))
  }

  @Test func adagradWithFallingRate() {
    #expect(
      agree(
        Training.fiveSteps(Adagrad(rateDecay: 0.1, initialSum: 0.2, weightDecay: 0.05), rate: 0.1),
        [0.435221165, -1.32236624, 1.97451341, -0.0138078593, 0.016227996]))
  }

  @Test func adadelta() {
    #expect(
      agree(
        Training.fiveSteps(Adadelta(), rate: 1),
        [0.497452438, -1.25468302, 2.00017524, -0.0946875438, 0.00534392893]))
  }

  @Test func adadeltaWithWeightDecay() {
    #expect(
      agree(
        Training.fiveSteps(Adadelta(rho: 0.8, epsilon: 1e-3, weightDecay: 0.05), rate: 0.5),
        [0.466300696, -1.28594911, 1.97259164, -0.0368951745, 0.030354077]))
  }

  @Test func lion() {
    #expect(
      agree(
        Training.fiveSteps(Lion(), rate: 0.01),
        [0.49000001, -1.27999997, 1.99000001, -0.0800000057, 0.0130000003]))
  }

  @Test func lionWithWeightDecay() {
    #expect(
      agree(
        Training.fiveSteps(Lion(beta1: 0.8, beta2: 0.95, weightDecay: 0.3), rate: 0.01),
        [0.482664496, -1.26118255, 1.96017933, -0.0785687864, 0.0129550891]))
  }

  @Test func lars() {
    #expect(
      agree(
        Training.fiveSteps(LARS(coefficient: 0.1, weightDecay: 0.05), rate: 0.5),
        [0.288629532, -1.53502476, 1.86939573, 0.144552559, 0.0230365247]))
  }

  @Test func lamb() {
    #expect(
      agree(
        Training.fiveSteps(LAMB(), rate: 0.01),
        [0.448009551, -1.3128643, 2.00781178, -0.0591774471, 0.00755426241]))
  }

  @Test func lambWithoutWeightDecayIsAdam() {
    #expect(
      agree(
        Training.fiveSteps(
          LAMB(beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0), rate: 0.01),
        [0.47919333, -1.27716947, 2.00819898, -0.085030064, -0.00176327047]))
  }
}
