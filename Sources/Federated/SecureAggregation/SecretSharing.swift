/// Secrets in shares, of which any `threshold` give the secret back and fewer say nothing about it
/// (Shamir 1979): each byte is the value at 0 of a random polynomial of degree `threshold` - 1 over the
/// field of 256 elements, a share its values at another place.
public enum SecretSharing {
  /// The most shares of a secret.
  public static let most = 255

  /// A share of a secret.
  public struct Share: Hashable, Sendable {
    /// Where the polynomials were evaluated: 1 to 255.
    public let place: UInt8
    /// Their values.
    public let bytes: [UInt8]

    /// A share.
    public init(place: UInt8, bytes: [UInt8]) { (self.place, self.bytes) = (place, bytes) }
  }

  /// Splits a secret for places 1 to `count`.
  ///
  /// - Parameter random: Where coefficients come from: the system's generator, unless it is a test.
  /// - Precondition: 0 < `threshold` <= `count` <= 255.
  public static func split(
    _ secret: [UInt8], into count: Int, threshold: Int,
    using random: inout some RandomNumberGenerator
  ) -> [Share] {
    precondition(
      threshold > 0 && threshold <= count && count <= most, "\(threshold) of \(count) shares")
    let coefficients = secret.map { byte in
      [byte] + (1..<max(1, threshold)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }
    return (1...count).map { place in
      let x = UInt8(place)
      return Share(
        place: x,
        bytes: coefficients.map { polynomial in
          polynomial.reversed().reduce(0) { FiniteField.product($0, x) ^ $1 }
        })
    }
  }

  /// The secret of which `shares` are, if they are enough; else a value that says nothing.
  ///
  /// - Precondition: The places differ, and are not 0.
  public static func join(_ shares: [Share]) -> [UInt8] {
    let length = shares.first?.bytes.count ?? 0
    var secret = [UInt8](repeating: 0, count: length)
    for share in shares {
      // The Lagrange polynomial of this place at 0: the product of x_j / (x_j - x_i).
      var weight: UInt8 = 1
      for other in shares where other.place != share.place {
        weight = FiniteField.product(
          weight, FiniteField.quotient(other.place, other.place ^ share.place))
      }
      for index in 0..<length { secret[index] ^= FiniteField.product(weight, share.bytes[index]) }
    }
    return secret
  }
}
