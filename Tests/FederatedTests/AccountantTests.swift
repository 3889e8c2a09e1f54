import Federated
import Testing

/// Values of TensorFlow Privacy, Opacus and Google's dp_accounting, as their own tests have them.
@Suite struct AccountantTests {
  private func renyi(
    _ rate: Double, _ noise: Double, _ steps: Int, orders: [Double]? = nil
  ) -> RenyiAccountant {
    var accountant =
      orders.map { RenyiAccountant(orders: $0) } ?? RenyiAccountant()
    accountant.compose(SampledGaussian(rate: rate, noiseMultiplier: noise), steps: steps)
    return accountant
  }

  private static let opacusOrders =
    (1..<100).map { 1 + Double($0) / 10 } + (12..<64).map { Double($0) }

  @Test func renyiAgreesWithTensorFlowPrivacy() {
    let first = renyi(0.0025, 1.3, 6000).epsilon(delta: 1e-5)
    #expect(abs(first.epsilon - 0.7242234026109595) < 1e-8)
    #expect(first.order == 19)
    let second = renyi(0.001, 1, 30000).epsilon(delta: 1e-7)
    #expect(abs(second.epsilon - 1.4154988495444842) < 1e-8)
    #expect(second.order == 13)
    #expect(
      abs(renyi(0.0025, 1.3, 6000).classicEpsilon(delta: 1e-5).epsilon - 0.941871) < 1e-6)
  }

  @Test func renyiSurvivesTinyNoise() {
    let steps = Int((1e8 / 1024 * 10).rounded(.up))
    let result = renyi(1024 / 1e8, 0.1, steps, orders: [1.25]).epsilon(delta: 1e-7)
    #expect(abs(result.epsilon / 5907982.31138195 - 1) < 1e-5)
  }

  @Test func renyiAgreesWithOpacus() {
    let result = renyi(0.04, 1.5, 2250, orders: Self.opacusOrders).epsilon(delta: 1e-5)
    #expect(abs(result.epsilon - 7.32911117143) < 1e-6)
    #expect(abs(renyi(0.01, 1, 1000).epsilon(delta: 1e-6).epsilon - 2.43669) < 2e-3)
    #expect(abs(renyi(1, 4, 10).epsilon(delta: 1e-5).epsilon - 3.61710) < 2e-3)
    let other = renyi(0.1, 1, 100, orders: Self.opacusOrders).epsilon(delta: 1e-5)
    #expect(abs(other.epsilon - 7.8993) < 1e-4)
  }

  /// Google's values, but for the order 1.5, where their series stops early at 6.70579741e-4: that one
  /// is by NumPy's trapezoidal rule on two million points.
  @Test func divergencesOfBrokenOrdersAgreeWithGoogle() {
    let mechanism = SampledGaussian(rate: 0.01, noiseMultiplier: 2.5)
    let expected: [(Double, Double)] = [
      (1.5, 6.50070897e-4), (2.5, 1.08548710e-3), (5, 2.18075656e-3), (50, 2.38460375e-2),
      (100, 1.67416308e2),
    ]
    for (order, value) in expected {
      #expect(abs(50 * mechanism.divergence(order: order) / value - 1) < 1e-4, "order \(order)")
    }
  }

  @Test func closedFormsHold() {
    #expect(SampledGaussian(rate: 1, noiseMultiplier: 2).divergence(order: 3) == 0.375)
    for (rate, noise, value) in [
      (0.01, 1.0, 1.7181342e-4), (0.1, 1, 0.0170368632), (0.01, 2.5, 1.7350937e-5),
    ] {
      let found = SampledGaussian(rate: rate, noiseMultiplier: noise).divergence(order: 2)
      #expect(abs(found / value - 1) < 1e-6)
    }
  }

  @Test func smoothAndWholeOrdersMeet() {
    let mechanism = SampledGaussian(rate: 0.1, noiseMultiplier: 1)
    #expect(
      abs(mechanism.divergence(order: 3 + 1e-9) / mechanism.divergence(order: 3) - 1) < 1e-7)
    #expect(mechanism.divergence(order: 1.5).isFinite)
  }

  @Test func gaussianOfEpsilonOne() {
    let dense = (1...20000).map { 1 + Double($0) / 100 }
    let result = renyi(1, 4.530877117, 1, orders: dense).epsilon(delta: 1e-6)
    #expect(abs(result.epsilon - 1) < 1e-4)
  }

  private func loss(_ rate: Double, _ noise: Double, _ steps: Int, _ delta: Double) -> Double {
    LossDistribution(
      SampledGaussian(rate: rate, noiseMultiplier: noise), steps: steps, delta: delta
    ).epsilon(delta: delta)
  }

  @Test func lossDistributionAgreesWithGoogle() {
    #expect(abs(loss(1, 3.0.squareRoot(), 3, 0.126936) - 1) < 1e-4)
    #expect(abs(loss(0.2, 0.5, 3, 0.15594) - 1) < 1e-4)
    #expect(abs(loss(0.1, 1, 100, 1e-5) - 7.0466) < 1e-3)
    #expect(abs(loss(0.01, 1, 1000, 1e-6) - 2.12452) < 1e-3)
    #expect(abs(loss(1, 4, 10, 1e-5) - 3.34141) < 1e-3)
  }

  /// Microsoft's PRV accountant, by Opacus's test at delta 1e-6, to four decimals. Its own grid is
  /// coarse where a loss is tiny: the first row is within its error of 0.01, not to four decimals.
  @Test(arguments: [
    (3.0, 0.001, 1000, 0.047615931, 18), (0.8, 0.001, 100, 0.270403364, 18),
    (1.5, 0.05, 100, 1.953853136, 18), (2, 0.2, 100, 5.672055609, 18),
    (1.5, 0.05, 1000, 6.209969247, 18), (0.8, 0.05, 1000, 19.525842805, 18),
    (2, 0.001, 20000, 0.305837940, 18), (1.5, 0.05, 20000, 38.306617914, 20),
    (3, 0.05, 50000, 24.942005644, 20),
  ])
  func upperBoundAgreesWithMicrosoft(
    noise: Double, rate: Double, steps: Int, expected: Double, gridBits: Int
  ) {
    let distribution = LossDistribution(
      SampledGaussian(rate: rate, noiseMultiplier: noise), steps: steps, delta: 1e-6,
      gridBits: gridBits)
    let tolerance = expected < 0.1 ? 2e-4 : 5e-5
    #expect(abs(distribution.upperBound(delta: 1e-6) - expected) < tolerance)
  }

  /// TF Privacy's own example: 1.2 epochs with noise 0.7; micro-batches count as half the noise.
  @Test(arguments: [
    (1.0, 0.7, 2, 10.8602036, 10.1224946), (1, 0.35, 2, 26.2880374, 24.7160779),
    (0.01, 0.7, 120, 3.2391922, 2.4612381), (0.01, 0.35, 120, 22.5970358, 18.6977407),
  ])
  func exampleOfTensorFlowPrivacyIsReproduced(
    rate: Double, noise: Double, steps: Int, byRenyi: Double, exact: Double
  ) {
    let orders = (1..<100).map { 1 + Double($0) / 10 } + (11..<64).map { Double($0) }
    let bound = renyi(rate, noise, steps, orders: orders + [128, 256, 512, 1024])
    #expect(abs(bound.epsilon(delta: 1e-5).epsilon - byRenyi) < 1e-4)
    #expect(abs(loss(rate, noise, steps, 1e-5) - exact) < 1e-3)
  }

  @Test func upperBoundAgreesWithOpacus() {
    let distribution = LossDistribution(
      SampledGaussian(rate: 0.04, noiseMultiplier: 1.5), steps: 2249, delta: 1e-5)
    #expect(abs(distribution.upperBound(delta: 1e-5) - 6.777395712150674) < 1e-3)
  }

  @Test func centralLimitAgreesWithOpacus() {
    let limit = GaussianLimit(SampledGaussian(rate: 0.04, noiseMultiplier: 1.5), steps: 2249)
    #expect((6.59...6.60).contains(limit.epsilon(delta: 1e-5)))
    // One release at rate 1 is the Gaussian mechanism but for what sampling adds: mu grows with 1 / s.
    let wide = GaussianLimit(SampledGaussian(rate: 1, noiseMultiplier: 1000), steps: 1)
    #expect(abs(wide.mu / 1e-3 - 1) < 1e-6)
  }

  /// What the six published rows of DP-SGD on MNIST cost: classic, by Renyi divergence, exactly.
  @Test(arguments: [
    (256.0, 1.3, 15.0, 1.19, 0.9544, 0.864), (256, 1.1, 60, 3.01, 2.5966, 2.382),
    (256, 0.7, 45, 7.10, 6.318, 5.639), (240, 1.3, 15, 1.16, 0.9220, 0.834),
    (240, 1.1, 60, 2.91, 2.5029, 2.295), (240, 0.7, 45, 6.86, 6.093, 5.431),
  ])
  func publishedRowsAreReproduced(
    batch: Double, noise: Double, epochs: Double, classic: Double, tight: Double, exact: Double
  ) {
    let rate = batch / 60000
    let steps = Int(epochs * 60000 / batch)
    let accountant = renyi(rate, noise, steps)
    #expect(abs(accountant.classicEpsilon(delta: 1e-5).epsilon - classic) < 6e-3)
    #expect(abs(accountant.epsilon(delta: 1e-5).epsilon - tight) < 2e-3)
    #expect(abs(loss(rate, noise, steps, 1e-5) - exact) < 2e-3)
  }

  /// Opacus looks for a noise whose epsilon is at most a hundredth below 8.
  @Test(arguments: [
    (AccountantKind.rdp, 1.416), (.pld, 1.34765625), (.gdp, 1.3232421875),
  ])
  func noiseIsFoundForATarget(accountant: AccountantKind, opacus: Double) throws {
    let budget = PrivacyBudget(accountant: accountant, delta: 1e-5)
    let steps = 90 * 25
    let noise = try budget.noiseMultiplier(rate: 0.04, steps: steps, epsilon: 8)
    #expect(noise <= opacus + 1e-3)
    #expect(noise > opacus - 3e-3)
    let cost = budget.epsilon(
      SampledGaussian(rate: 0.04, noiseMultiplier: opacus), steps: steps)
    #expect((7.975...8.005).contains(cost), "epsilon \(cost)")
  }

  @Test func clipGrowsIfTooFewAreWithinAndShrinksIfTooMany() {
    let clip = AdaptiveClip(quantile: 0.5, rate: 0.2)
    #expect(clip.next(1, shareWithin: 0.1) > 1)
    #expect(clip.next(1, shareWithin: 0.9) < 1)
    #expect(clip.next(1, shareWithin: 0.5) == 1)
  }

  @Test func clipFindsTheMedianFromAnywhere() {
    // Norms spread evenly from 0 to 2 on a logarithmic scale around 1.
    let norms = (0..<1000).map { Double($0 + 1) / 500 }
    for start in [0.1, 1, 5] {
      var clip = start
      for _ in 0..<200 {
        let within = Double(norms.count { $0 <= clip }) / 1000
        clip = AdaptiveClip().next(clip, shareWithin: within)
      }
      #expect(abs(clip - 1) < 0.01, "from \(start)")
    }
  }
}
