import Foundation

/// Gaussian differential privacy: what many releases of a sampled Gaussian mechanism come to by the
/// central limit theorem, one release of noise 1 / mu.
///
///     mu = q sqrt(T (exp(1 / s^2) - 1))
///
/// An approximation for many steps and small rates, which may lie below the truth: for comparison with
/// others, not for a promise. Source: Bu, Dong, Long and Su, "Deep learning with Gaussian differential
/// privacy" (2020), for Poisson samples.
public struct GaussianLimit: Hashable, Sendable {
  /// The distance of the two normal distributions that must be told apart, in deviations.
  public let mu: Double

  /// What `steps` releases come to.
  public init(_ mechanism: SampledGaussian, steps: Int) {
    let square = mechanism.noiseMultiplier * mechanism.noiseMultiplier
    mu = mechanism.rate * (Double(steps) * expm1(1 / square)).squareRoot()
  }

  /// The probability that the loss exceeds what epsilon allows.
  public func delta(epsilon: Double) -> Double {
    func tail(_ x: Double) -> Double { 0.5 * erfc(x / 2.0.squareRoot()) }
    return tail(epsilon / mu - mu / 2) - exp(epsilon + log(tail(epsilon / mu + mu / 2)))
  }

  /// The smallest epsilon for `delta`; infinite beyond 10^6.
  public func epsilon(delta: Double) -> Double {
    guard mu > 0, self.delta(epsilon: 0) > delta else { return 0 }
    var (low, high) = (0.0, 1.0)
    while self.delta(epsilon: high) > delta {
      (low, high) = (high, 2 * high)
      guard high < 1e6 else { return .infinity }
    }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if self.delta(epsilon: middle) > delta { low = middle } else { high = middle }
    }
    return high
  }
}
