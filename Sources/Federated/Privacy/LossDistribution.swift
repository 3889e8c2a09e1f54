import Foundation

// Note [Privacy loss distributions]
//
// The loss of one release is a random number: log of how much likelier the output is with a record
// than without. Of independent releases losses add up, so their distributions are convolved; then
//
//     delta(epsilon) = E[max(0, 1 - exp(epsilon - loss))]
//
// which is exact, where Renyi divergence only bounds it (Koskela et al. 2020; Gopi, Lee and Wutschitz
// 2021). The distribution is put on a grid; every cell gets its probability, and the grid is shifted
// so that the mean is kept: then the errors of rounding have mean zero, and grow with the root of the
// number of releases. The convolution is a power of the Fourier transform.
//
// Adding a record and removing one are not the same for a sampled mechanism; the worse one counts.

/// Privacy by the distribution of the loss of a sampled Gaussian mechanism.
public struct LossDistribution: Sendable {
  /// The distribution of the sum on a grid.
  private struct Grid {
    let start: Double
    let width: Double
    let probabilities: [Double]
    /// What is left out of the grid above: counts as certain loss.
    let lost: Double
  }

  private let grids: [Grid]

  /// The distribution after `steps` releases.
  ///
  /// - Parameters:
  ///   - delta: The smallest delta that will be asked for: it decides how far the grid reaches.
  ///   - gridBits: The grid has two to this many cells.
  public init(_ mechanism: SampledGaussian, steps: Int, delta: Double, gridBits: Int = 18) {
    grids = [true, false].map {
      Self.grid(mechanism, steps: steps, removing: $0, delta: delta, bits: gridBits)
    }
  }

  /// The probability that the loss exceeds what epsilon allows.
  public func delta(epsilon: Double) -> Double {
    grids.map { Self.delta($0, epsilon) }.max() ?? 1
  }

  /// The smallest epsilon for `delta`; infinite if the grid does not reach it.
  public func epsilon(delta: Double) -> Double {
    guard self.delta(epsilon: 0) > delta else { return 0 }
    var (low, high) = (
      0.0, grids.map { $0.start + $0.width * Double($0.probabilities.count) }.max() ?? 0
    )
    guard self.delta(epsilon: high) <= delta else { return .infinity }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if self.delta(epsilon: middle) > delta { low = middle } else { high = middle }
    }
    return high
  }

  /// An upper bound as Microsoft's PRV accountant states it: epsilon for a delta smaller by a
  /// thousandth, plus the error allowed for.
  public func upperBound(delta: Double, error: Double = 0.01) -> Double {
    epsilon(delta: delta * (1 - 1e-3)) + error
  }

  private static func delta(_ grid: Grid, _ epsilon: Double) -> Double {
    var sum = grid.lost
    let first = max(0, Int(((epsilon - grid.start) / grid.width).rounded(.down)))
    guard first < grid.probabilities.count else { return sum }
    for index in first..<grid.probabilities.count {
      let loss = grid.start + Double(index) * grid.width
      if loss > epsilon { sum += grid.probabilities[index] * -expm1(epsilon - loss) }
    }
    return sum
  }

  // MARK: - Making the grid

  private static func grid(
    _ mechanism: SampledGaussian, steps: Int, removing: Bool, delta: Double, bits: Int
  ) -> Grid {
    let s = mechanism.noiseMultiplier
    let moments = Self.moments(mechanism, removing: removing)
    // Beyond this many deviations of the noise lies less than a thousandth of delta in all steps.
    let reach = (2 * log(1e4 * Double(steps) / delta)).squareRoot() + 1
    let largest =
      removing ? mechanism.logRatio(1 + reach * s) : -mechanism.logRatio(-reach * s)
    let spread = (moments.variance * Double(steps)).squareRoot()
    var accountant = RenyiAccountant()
    accountant.compose(mechanism, steps: steps)
    let bound = accountant.epsilon(delta: delta * 1e-3).epsilon
    let half =
      max(
        largest, min(bound, Double(steps) * largest),
        abs(moments.mean) * Double(steps) + 14 * spread)
      * 1.05 + 1e-9
    let count = 1 << bits
    let width = 2 * half / Double(count)
    // One release: cell i covers the losses around (i - count / 2) * width.
    var cells = [Double](repeating: 0, count: count)
    var below = cumulative(mechanism, removing, -half - width / 2)
    var mean = 0.0
    for index in 0..<count {
      let loss = -half + Double(index) * width
      let above = cumulative(mechanism, removing, loss + width / 2)
      cells[index] = max(0, above - below)
      mean += cells[index] * loss
      below = above
    }
    let shift = moments.mean - mean
    // The transform takes the loss 0 for its first element.
    let rotated = Array(cells[(count / 2)...] + cells[..<(count / 2)])
    let sum = FourierTransform(bits: bits).power(rotated, steps)
    return Grid(
      start: -half + Double(steps) * shift, width: width,
      probabilities: Array(sum[(count / 2)...] + sum[..<(count / 2)]),
      lost: Double(steps) * max(0, 1 - below))
  }

  /// The probability of a loss of at most `loss` in one release.
  private static func cumulative(
    _ mechanism: SampledGaussian, _ removing: Bool, _ loss: Double
  ) -> Double {
    let (q, s) = (mechanism.rate, mechanism.noiseMultiplier)
    /// Where the loss of removing is `value`.
    func place(_ value: Double) -> Double? {
      let ratio = expm1(value) + q
      guard ratio > 0 else { return nil }
      return s * s * (value > 30 ? value + log1p(-(1 - q) * exp(-value)) : log(ratio)) + 0.5
        - s * s * log(q)
    }
    func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
    if removing {
      guard let x = place(loss) else { return 0 }
      return (1 - q) * normal(x / s) + q * normal((x - 1) / s)
    }
    guard let x = place(-loss) else { return 1 }
    return normal(-x / s)
  }

  /// Mean and variance of the loss of one release, by Simpson's rule.
  private static func moments(
    _ mechanism: SampledGaussian, removing: Bool
  ) -> (mean: Double, variance: Double) {
    let (q, s) = (mechanism.rate, mechanism.noiseMultiplier)
    let (low, high, intervals) = (-14 * s, 1 + 14 * s, 40_000)
    let width = (high - low) / Double(intervals)
    var (mean, square) = (0.0, 0.0)
    for index in 0...intervals {
      let x = low + Double(index) * width
      let weight = index == 0 || index == intervals ? 1.0 : index.isMultiple(of: 2) ? 2.0 : 4.0
      func density(_ centre: Double) -> Double {
        exp(-(x - centre) * (x - centre) / (2 * s * s)) / (s * (2 * Double.pi).squareRoot())
      }
      let p = removing ? (1 - q) * density(0) + q * density(1) : density(0)
      let loss = removing ? mechanism.logRatio(x) : -mechanism.logRatio(x)
      mean += weight * width / 3 * p * loss
      square += weight * width / 3 * p * loss * loss
    }
    return (mean, max(0, square - mean * mean))
  }
}
