import Foundation

// Note [Sums without an order]
//
// A float sum depends on its order, so it would depend on which rank trained which client. Integers do
// not care. Every element of an update becomes an integer,
//
//     q = round(clamp(u, -limit, limit) * 2^bits)         error at most 2^-(bits + 1)
//
// and what is added up over clients and ranks, in any order, is weight * q, modulo 2^64. As long as
// limit * 2^bits * (sum of weights) < 2^63, the sum is exact. Masks of secure aggregation and noise of
// differential privacy are added in the same ring.
//
// With the defaults, 8 and 32 bits, an update of 1e-3 keeps its 23 significant bits, and all clients
// together may have 2^28 samples.

/// How updates become integers.
public struct FixedPoint: Hashable, Sendable {
  /// Elements beyond are cut.
  public var limit = 8.0
  /// Binary places after the point.
  public var bits = 32

  /// 8 and 32 bits.
  public init() {}

  /// What an element is multiplied by.
  public var scale: Double { scalbn(1.0, bits) }

  /// Throws if a sum of updates with weights up to `totalWeight` in all might overflow.
  public func check(totalWeight: Int) throws(FederationError) {
    guard limit * scale * Double(totalWeight) >= 0x1p63 else { return }
    // The largest whole number strictly below.
    let most = Int(log2(0x1p63 / (limit * Double(totalWeight))).rounded(.up)) - 1
    throw .settings(
      "updates up to \(limit) with \(bits) binary places and weights of \(totalWeight) in all do not fit 64 bits: set federated.fixedPoint.bits to \(most) or less, or lower its limit"
    )
  }

  /// A number as an integer of the ring.
  func integer(_ value: Double) -> Int64 {
    Int64((max(-limit, min(limit, value)) * scale).rounded(.toNearestOrEven))
  }
}
