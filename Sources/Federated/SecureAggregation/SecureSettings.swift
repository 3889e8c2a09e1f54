/// How a federation hides single updates from its server.
public struct SecureSettings: Hashable, Sendable {
  /// The share of a client's neighbours that must give their shares: the rest may drop out.
  public var threshold = 0.6
  /// Neighbours of each client; nil: all others.
  public var degree: Int?

  /// Full graph, six of ten must stay.
  public init() {}

  /// Shares that give a secret back, of so many neighbours.
  func shares(of neighbours: Int) -> Int {
    max(1, min(neighbours, Int((threshold * Double(neighbours)).rounded(.up))))
  }

  /// Throws unless a cohort of `size` can be hidden.
  func check(size: Int) throws(FederationError) {
    guard size >= 3 else {
      throw .settings(
        "secure aggregation hides one update among others: a cohort of \(size) is too small, 3 is the least"
      )
    }
    guard min(degree ?? .max, size - 1) <= SecretSharing.most else {
      throw .settings(
        "a secret has at most \(SecretSharing.most) shares, so that \(size) clients need privacy.secureAggregation.degree of at most \(SecretSharing.most - 1)"
      )
    }
  }
}
