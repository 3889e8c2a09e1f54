import Graph
import Testing

/// Bounds and moments: five standard errors for 40,000 draws.
@Suite struct InitializerTests {
  private static let shape: Shape = [200, 200]
  private static let fan: Double = 200

  private struct Moments {
    let mean, deviation, lower, upper: Double

    init(_ values: [Float]) {
      let x = values.map(Double.init)
      let average = x.reduce(0, +) / Double(x.count)
      mean = average
      deviation = (x.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(x.count))
        .squareRoot()
      lower = x.min() ?? 0
      upper = x.max() ?? 0
    }
  }

  private func moments(_ initializer: Initializer, _ shape: Shape = shape) -> Moments {
    Moments(initializer.values(shape, path: "layer.weight", seed: 5))
  }

  @Test func constantsAreExact() {
    #expect(Initializer.zeros.values([3], path: "a", seed: 1) == [0, 0, 0])
    #expect(Initializer.ones.values([2], path: "a", seed: 1) == [1, 1])
    #expect(Initializer.constant(-2.5).values([2], path: "a", seed: 1) == [-2.5, -2.5])
  }

  /// The limit of each uniform definition, from its paper or from PyTorch's documentation.
  @Test(
    arguments: [
      (.uniform(lower: -0.5, upper: 0.5), 0.5), (.glorotUniform, (6 / (fan + fan)).squareRoot()),
      (.heUniform, (6 / fan).squareRoot()),
      (.kaimingUniform(negativeSlope: 0), (6 / fan).squareRoot()),
      (.kaimingUniform(negativeSlope: 1), (3 / fan).squareRoot()),
      // PyTorch's default for weights: a = sqrt(5) gives 1 / sqrt(fan).
      (.kaimingUniform(negativeSlope: Float(5).squareRoot()), 1 / fan.squareRoot()),
      (.fanUniform(fan: 64), 0.125),
    ] as [(Initializer, Double)]
  )
  func uniformFillsItsBounds(_ initializer: Initializer, _ limit: Double) {
    let found = moments(initializer)
    let deviation = limit / Double(3).squareRoot()
    #expect(found.lower >= -limit * 1.000001)
    #expect(found.upper <= limit * 1.000001)
    #expect(found.lower < -0.99 * limit)
    #expect(found.upper > 0.99 * limit)
    #expect(abs(found.mean) < 5 * deviation / 200)
    #expect(abs(found.deviation / deviation - 1) < 0.02)
  }

  @Test func uniformMayBeOffCentre() {
    let found = moments(.uniform(lower: 2, upper: 3))
    #expect(found.lower >= 2)
    #expect(found.upper < 3)
    #expect(abs(found.mean - 2.5) < 0.01)
  }

  @Test func normalHasItsMoments() {
    let found = moments(.normal(mean: 1, deviation: 2))
    #expect(abs(found.mean - 1) < 5 * 2 / 200)
    #expect(abs(found.deviation / 2 - 1) < 0.02)
    #expect(found.upper > 1 + 3 * 2)
  }

  /// Keras cuts at two deviations of the uncut distribution, and widens that one by 1 / 0.8796 so that
  /// what is left has the stated deviation.
  @Test(
    arguments: [
      (.glorotNormal, (2 / (fan + fan)).squareRoot()), (.heNormal, (2 / fan).squareRoot()),
      (.lecunNormal, (1 / fan).squareRoot()),
    ] as [(Initializer, Double)]
  )
  func cutNormalHasTheStatedDeviation(_ initializer: Initializer, _ deviation: Double) {
    let found = moments(initializer)
    let cut = 2 * deviation / 0.87962566103423978
    #expect(abs(found.mean) < 5 * deviation / 200)
    #expect(abs(found.deviation / deviation - 1) < 0.02)
    #expect(found.lower >= -cut * 1.00001)
    #expect(found.upper <= cut * 1.00001)
    #expect(found.upper > 0.98 * cut)
  }

  @Test(
    arguments: [
      ([10, 20], 20, 10), ([16, 3, 5, 5], 75, 400), ([8, 4, 3], 12, 24), ([7], 7, 7), ([], 1, 1),
    ] as [(Shape, Int, Int)]
  )
  func fansFollowTheLayout(_ shape: Shape, _ input: Int, _ output: Int) {
    #expect(Initializer.fans(shape) == (input, output))
  }

  @Test func windowCountsInTheFan() {
    let limit = (6.0 / 75).squareRoot()
    let found = moments(.heUniform, [64, 3, 5, 5])
    #expect(found.upper <= limit)
    #expect(found.upper > 0.99 * limit)
  }

  // MARK: - Reproducibility

  @Test(arguments: [Initializer.heUniform, .glorotNormal, .normal(mean: 0, deviation: 1)])
  func valuesAreAFunctionOfSeedAndPath(_ initializer: Initializer) {
    func values(_ path: String, _ seed: UInt64) -> [Float] {
      initializer.values([5, 7], path: path, seed: seed)
    }
    #expect(values("a.weight", 1) == values("a.weight", 1))
    #expect(values("a.weight", 1) != values("a.weight", 2))
    #expect(values("a.weight", 1) != values("b.weight", 1))
  }

  /// Philox words computed by another program: a change would break the reproduction of old runs.
  @Test func valuesDoNotChangeBetweenVersions() {
    let found = Initializer.uniform(lower: 0, upper: 1).values([3], path: "layer.weight", seed: 7)
    #expect(found == [0.12596428, 0.10697067, 0.9225608])
  }

  @Test func valuesAreFinite() {
    for initializer in [.heNormal, .glorotUniform, .fanUniform(fan: 0)] as [Initializer] {
      let values =
        initializer.values([0, 3], path: "a", seed: 1)
        + initializer.values([1], path: "a", seed: 1)
      #expect(values.allSatisfy { $0.isFinite })
    }
  }
}
