import Optimizers
import Testing

/// The fused loops against the textbook formulas in double precision, one element at a time.
@Suite struct FormulaTests {
  private let count = 203

  private func start() -> [Float] { (0..<count).map { Float($0 % 37) / 16 - 1 } }

  @Test(arguments: [0, 0.9]) func sgd(momentum: Double) {
    let optimizer = SGD(momentum: momentum, weightDecay: 0.01)
    var training = Training(start(), optimizer)
    var p = start().map(Double.init)
    var buffer = [Double](repeating: 0, count: count)
    for t in 1...20 {
      let gradients = Training.gradients(step: t, count: count)
      training.step(optimizer, gradients, step: t, rate: 0.05)
      for i in 0..<count {
        buffer[i] = momentum * buffer[i] + Double(gradients[i]) + 0.01 * p[i]
        p[i] -= 0.05 * buffer[i]
      }
    }
    #expect(agree(training.parameters, p.map(Float.init), within: 2e-6))
  }

  @Test func adamW() {
    let optimizer = AdamW(beta1: 0.85, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.2)
    var training = Training(start(), optimizer)
    var p = start().map(Double.init)
    var (m, v) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    for t in 1...20 {
      let gradients = Training.gradients(step: t, count: count)
      training.step(optimizer, gradients, step: t, rate: 0.02)
      let (c1, c2) = (1 - power(0.85, t), 1 - power(0.99, t))
      for i in 0..<count {
        let g = Double(gradients[i])
        m[i] = 0.85 * m[i] + 0.15 * g
        v[i] = 0.99 * v[i] + 0.01 * g * g
        p[i] = p[i] * (1 - 0.02 * 0.2) - 0.02 * (m[i] / c1) / ((v[i] / c2).squareRoot() + 1e-6)
      }
    }
    #expect(agree(training.parameters, p.map(Float.init), within: 2e-6))
    #expect(agree(training.slots[0], m.map(Float.init)))
    #expect(agree(training.slots[1], v.map(Float.init)))
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  @Test func adamsFirstStepIsTheLearningRateWhateverTheGradient() {
    var training = Training([1, 1, 1], Adam(epsilon: 0))
    training.step(Adam(epsilon: 0), [1e-6, -3, 4e5], step: 1, rate: 0.25)
    #expect(agree(training.parameters, [0.75, 1.25, 0.75]))
  }
}
