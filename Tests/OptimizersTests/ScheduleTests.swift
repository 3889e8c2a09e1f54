import Optimizers
import Testing

/// Rates computed with `torch.optim.lr_scheduler` of PyTorch 2.15.
@Suite struct ScheduleTests {
  private func expect(_ schedule: any Schedule, _ rates: [Double]) {
    for (index, rate) in rates.enumerated() {
      let found = schedule.learningRate(step: index + 1)
      #expect(abs(found - rate) <= 1e-12, "step \(index + 1): \(found), \(rate)")
    }
  }

  @Test func step() {
    expect(
      StepSchedule(start: 0.1, factor: 0.5, every: 3),
      [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025])
  }

  @Test func milestones() {
    expect(
      MilestoneSchedule(start: 0.1, milestones: [2, 5]),
      [0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.001, 0.001])
  }

  @Test func exponential() {
    expect(
      ExponentialSchedule(start: 0.1, factor: 0.9),
      [0.1, 0.09, 0.081, 0.0729, 0.06561, 0.059049])
  }

  @Test func exponentialOverSeveralSteps() {
    #expect(
      abs(
        ExponentialSchedule(start: 1, factor: 0.25, every: 10).learningRate(step: 6) - 0.5) < 1e-12)
  }

  @Test func cosine() {
    expect(
      CosineSchedule(start: 0.1, end: 0.01, steps: 6),
      [0.1, 0.0939711431702998, 0.0775, 0.055, 0.0325, 0.0160288568297003, 0.01, 0.01])
  }

  @Test func polynomial() {
    expect(
      PolynomialSchedule(start: 0.1, steps: 5, power: 2),
      [0.1, 0.064, 0.036, 0.016, 0.004, 0, 0, 0])
  }

  @Test func oneCycle() {
    expect(
      OneCycleSchedule(peak: 0.1, steps: 10),
      [
        0.004, 0.052, 0.1, 0.0950484632013474, 0.0811745653949763, 0.0611262021936289,
        0.0388741978063711, 0.0188258346050237, 0.00495193679865263, 4e-7, 4e-7,
      ])
  }

  @Test func oneCycleOfStraightLines() {
    expect(
      OneCycleSchedule(
        peak: 0.1, steps: 10, rise: 0.4, startDivisor: 10, endDivisor: 100, form: .linear),
      [0.01, 0.04, 0.07, 0.1, 0.08335, 0.0667, 0.05005, 0.0334, 0.01675, 0.0001])
  }

  @Test func warmupBeforeCosine() {
    expect(
      Warmup(steps: 4, before: CosineSchedule(start: 0.1, steps: 6)),
      [
        0.025, 0.05, 0.075, 0.1, 0.1, 0.0933012701892219, 0.075, 0.05, 0.025, 0.00669872981077806,
      ])
  }

  @Test func rateGrowsWithTheBatch() {
    expect(
      LinearScaling(
        referenceBatch: 32, batch: 128, of: Warmup(steps: 2, before: ConstantSchedule(0.1))),
      [0.2, 0.4, 0.4])
  }

  @Test func equalityComparesWhatIsInside() {
    let one = Warmup(steps: 4, before: CosineSchedule(start: 0.1, steps: 6))
    #expect(one.isEqual(to: Warmup(steps: 4, before: CosineSchedule(start: 0.1, steps: 6))))
    #expect(!one.isEqual(to: Warmup(steps: 4, before: CosineSchedule(start: 0.1, steps: 7))))
    #expect(!one.isEqual(to: CosineSchedule(start: 0.1, steps: 6)))
  }

  static let losses: [Double] = [
    1, 0.9, 0.95, 0.91, 0.9, 0.89999, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6,
  ]

  @Test(
    arguments: [
      (
        ReduceOnPlateau(start: 0.5, patience: 2),
        [
          0.5, 0.5, 0.5, 0.5, 0.05, 0.05, 0.05, 0.05, 0.05, 0.005, 0.005, 0.005, 5e-4, 5e-4, 5e-4,
          5e-5,
        ]
      ),
      (
        ReduceOnPlateau(start: 0.5, factor: 0.5, patience: 0, cooldown: 2),
        [
          0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.0625, 0.0625, 0.0625, 0.03125,
          0.03125, 0.03125, 0.015625, 0.015625,
        ]
      ),
      (
        ReduceOnPlateau(start: 0.5, patience: 1, threshold: 0.2, minimum: 0.01),
        [0.5, 0.5, 0.05, 0.05] + [Double](repeating: 0.01, count: 12)
      ),
    ])
  func reduceOnPlateau(rule: ReduceOnPlateau, rates: [Double]) {
    var plateau = Plateau()
    for (loss, rate) in zip(Self.losses, rates) {
      plateau.observe(loss, rule)
      let found = rule.learningRate(step: 1) * plateau.scale
      #expect(abs(found - rate) <= 1e-12, "\(found), \(rate)")
      #expect(Plateau(numbers: plateau.numbers) == plateau)
    }
  }

  @Test func aPlateauRuleSurvivesWarmUpAndScaling() {
    let rule = ReduceOnPlateau(start: 0.5)
    let wrapped = LinearScaling(
      referenceBatch: 32, batch: 64, of: Warmup(steps: 3, before: rule))
    #expect(wrapped.plateauRule == rule)
    #expect(ConstantSchedule(0.1).plateauRule == nil)
  }
}
