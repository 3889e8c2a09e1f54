import Foundation

// Note [Renyi divergence of the sampled Gaussian]
//
// Of order a, for sampling rate q and noise multiplier s (Mironov, Talwar and Zhang 2019):
//
//     (1 / (a - 1)) log E_{x ~ N(0, s)} [ ((1 - q) + q exp((2 x - 1) / (2 s^2)))^a ]
//
// For whole a the power is a sum of a + 1 terms. For others the published series converges slowly or
// not at all (q = 0.1, s = 1, a <= 1.5); the integrand is smooth and decays like a Gaussian, so that
// Simpson's rule on a fine grid gives all digits.

/// Privacy by Renyi divergence: what runs cost adds up order by order.
public struct RenyiAccountant: Sendable {
  /// Orders 1.1 to 10.9 by tenths, then whole numbers, sparser from 64 on.
  public static let standardOrders: [Double] = {
    var orders = (1..<100).map { 1 + Double($0) / 10 }
    orders += (12..<64).map { Double($0) }
    orders += [64, 72, 80, 96, 112, 128, 160, 192, 256, 384, 512, 1024]
    return orders
  }()

  /// The orders.
  public let orders: [Double]
  /// The divergence of what has been composed, by order.
  public private(set) var divergences: [Double]

  /// Nothing spent yet.
  public init(orders: [Double] = standardOrders) {
    self.orders = orders
    divergences = orders.map { _ in 0 }
  }

  /// Adds `steps` releases of the Gaussian mechanism, each on a Poisson sample with rate `rate`.
  public mutating func compose(_ mechanism: SampledGaussian, steps: Int) {
    for index in orders.indices {
      divergences[index] += Double(steps) * mechanism.divergence(order: orders[index])
    }
  }

  /// What `times` such compositions cost.
  func repeated(_ times: Int) -> RenyiAccountant {
    var result = self
    for index in orders.indices { result.divergences[index] *= Double(times) }
    return result
  }

  /// The smallest epsilon for `delta`, and its order (Canonne, Kamath and Steinke 2020, proposition
  /// 12).
  public func epsilon(delta: Double) -> (epsilon: Double, order: Double) {
    best { divergence, order in
      divergence + log1p(-1 / order) - (log(delta) + log(order)) / (order - 1)
    }
  }

  /// The same by the older bound of Mironov (2017), which published tables often use; never smaller.
  public func classicEpsilon(delta: Double) -> (epsilon: Double, order: Double) {
    best { divergence, order in divergence - log(delta) / (order - 1) }
  }

  private func best(_ bound: (Double, Double) -> Double) -> (epsilon: Double, order: Double) {
    var result = (epsilon: Double.infinity, order: orders[0])
    for (divergence, order) in zip(divergences, orders) {
      let epsilon = max(0, bound(divergence, order))
      if epsilon < result.epsilon { result = (epsilon, order) }
    }
    return result
  }
}

/// A release of a sum with normal noise, computed on a Poisson sample.
public struct SampledGaussian: Hashable, Sendable {
  /// The probability of each record.
  public var rate: Double
  /// The noise's deviation in units of what one record can change.
  public var noiseMultiplier: Double

  /// A mechanism.
  public init(rate: Double, noiseMultiplier: Double) {
    (self.rate, self.noiseMultiplier) = (rate, noiseMultiplier)
  }

  /// The Renyi divergence of one release, under adding or removing a record.
  ///
  /// - Parameter order: Above 1.
  public func divergence(order: Double) -> Double {
    guard rate > 0 else { return 0 }
    guard noiseMultiplier > 0 else { return .infinity }
    let square = noiseMultiplier * noiseMultiplier
    guard rate < 1 else { return order / (2 * square) }
    let moment =
      order == order.rounded() && order <= 2048 ? wholeMoment(Int(order)) : smoothMoment(order)
    return max(0, moment / (order - 1))
  }

  /// log of sum_k binomial(a, k) (1 - q)^(a - k) q^k exp(k (k - 1) / (2 s^2)).
  private func wholeMoment(_ order: Int) -> Double {
    let square = noiseMultiplier * noiseMultiplier
    var terms: [Double] = []
    var logBinomial = 0.0
    for k in 0...order {
      let (kept, drawn) = (Double(order - k), Double(k))
      terms.append(
        logBinomial + kept * log1p(-rate) + drawn * log(rate)
          + drawn * (drawn - 1) / (2 * square))
      logBinomial += log(kept) - log(drawn + 1)
    }
    return Self.logSum(terms)
  }

  private func smoothMoment(_ order: Double) -> Double {
    let s = noiseMultiplier
    let (low, high, intervals) = (-14 * s, order + 14 * s, 40_000)
    let width = (high - low) / Double(intervals)
    let terms = (0...intervals).map { index -> Double in
      let x = low + Double(index) * width
      let weight = index == 0 || index == intervals ? 1.0 : index.isMultiple(of: 2) ? 2.0 : 4.0
      let density = -x * x / (2 * s * s) - 0.5 * log(2 * Double.pi) - log(s)
      return log(weight * width / 3) + density + order * logRatio(x)
    }
    return Self.logSum(terms)
  }

  /// The privacy loss at x: log((1 - q) + q exp((2 x - 1) / (2 s^2))).
  func logRatio(_ x: Double) -> Double {
    let exponent = (2 * x - 1) / (2 * noiseMultiplier * noiseMultiplier)
    // At rate 1 both forms below lose the exponential beside 1.
    guard rate < 1 else { return exponent }
    // Whichever keeps the exponential from overflowing.
    return exponent > 0
      ? exponent + log(rate + (1 - rate) * exp(-exponent)) : log1p(rate * expm1(exponent))
  }

  private static func logSum(_ terms: [Double]) -> Double {
    let largest = terms.max() ?? -.infinity
    guard largest.isFinite else { return largest }
    return largest + log(terms.reduce(0) { $0 + exp($1 - largest) })
  }
}
