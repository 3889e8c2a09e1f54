import Foundation

/// How epsilon is computed.
public enum AccountantKind: String, Hashable, Sendable, CaseIterable {
  /// By Renyi divergence: a bound, quickly computed.
  case rdp
  /// By the distribution of the privacy loss: exact to the grid.
  case pld
  /// By the central limit theorem: an approximation, which may be below the truth.
  case gdp
}

/// What is spent and what may be spent.
public struct PrivacyBudget: Hashable, Sendable {
  /// How epsilon is computed.
  public var accountant: AccountantKind
  /// The probability that epsilon does not hold.
  public var delta: Double
  /// The largest epsilon; nil: no limit.
  public var limit: Double?

  /// By Renyi divergence at delta 1e-5 without a limit, unless said otherwise.
  public init(accountant: AccountantKind = .rdp, delta: Double = 1e-5, limit: Double? = nil) {
    (self.accountant, self.delta, self.limit) = (accountant, delta, limit)
  }

  /// Epsilon after `steps` releases.
  public func epsilon(_ mechanism: SampledGaussian, steps: Int) -> Double {
    PrivacyLedger(self, mechanism).epsilon(steps: steps)
  }

  /// The smallest noise multiplier with which `steps` releases cost at most `epsilon`, to four digits.
  ///
  /// - Throws: `FederationError` if no noise up to 10^4 suffices.
  public func noiseMultiplier(
    rate: Double, steps: Int, epsilon: Double
  ) throws(FederationError) -> Double {
    func cost(_ noise: Double) -> Double {
      self.epsilon(SampledGaussian(rate: rate, noiseMultiplier: noise), steps: steps)
    }
    var (low, high) = (0.0, 1.0)
    while cost(high) > epsilon {
      (low, high) = (high, 2 * high)
      guard high <= 1e4 else {
        throw .settings("no noise gives epsilon \(epsilon) at delta \(delta) in \(steps) steps")
      }
    }
    while high - low > 1e-4 * high {
      let middle = (low + high) / 2
      if middle > 0, cost(middle) <= epsilon { high = middle } else { low = middle }
    }
    return high
  }
}
