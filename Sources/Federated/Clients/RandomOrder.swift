import Foundation
import Randomness

extension CounterRandom {
  /// A number uniform in [0, 1) with 53 random bits.
  mutating func uniformDouble() -> Double {
    Double((UInt64(next32()) << 32 | UInt64(next32())) >> 11) * 0x1p-53
  }

  /// 64 random bits.
  mutating func next64() -> UInt64 { UInt64(next32()) << 32 | UInt64(next32()) }

  /// A whole number uniform in `0..<bound`: the high half of a product (Lemire 2019, without his
  /// rejection: the bias is below bound / 2^64).
  mutating func index(below bound: Int) -> Int {
    Int(next64().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// The elements in random order (Fisher and Yates).
  mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var elements = elements
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, index(below: last + 1))
    }
    return elements
  }

  /// A number of the standard normal distribution, in double precision (Box and Muller 1958).
  mutating func normalDouble() -> Double {
    let radius = (-2 * log(1 - uniformDouble())).squareRoot()
    return radius * cos(2 * Double.pi * uniformDouble())
  }

  /// A number of the gamma distribution with scale 1 (Marsaglia and Tsang 2000).
  mutating func gamma(shape: Double) -> Double {
    guard shape >= 1 else {
      // Gamma(a) = Gamma(a + 1) U^(1/a); by logarithms, as U^(1/a) may be below the smallest number.
      let larger = gamma(shape: shape + 1)
      return exp(log(larger) + log(1 - uniformDouble()) / shape)
    }
    let d = shape - 1 / 3.0
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normalDouble()
      let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
      guard v > 0 else { continue }
      if log(1 - uniformDouble()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }

  /// Shares of a Dirichlet distribution with `count` equal parameters; they add up to 1.
  mutating func dirichlet(alpha: Double, count: Int) -> [Double] {
    let gammas = (0..<count).map { _ in gamma(shape: alpha) }
    let total = gammas.reduce(0, +)
    // All may have come out as 0 for a tiny alpha: then one client has everything.
    guard total > 0 else {
      var shares = [Double](repeating: 0, count: count)
      shares[index(below: count)] = 1
      return shares
    }
    return gammas.map { $0 / total }
  }
}

extension Array {
  /// The elements cut at the running sums of `shares`, which add up to 1.
  func cut(by shares: [Double]) -> [ArraySlice<Element>] {
    var total = 0.0
    var start = 0
    return shares.indices.map { index in
      total += shares[index]
      let end =
        index == shares.count - 1
        ? count : Swift.max(start, Swift.min(count, Int((total * Double(count)).rounded())))
      defer { start = end }
      return self[start..<end]
    }
  }
}
