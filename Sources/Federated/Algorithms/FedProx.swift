/// Clients are pulled back to the global parameters: their loss has mu / 2 * |w - global|^2 more, its
/// gradient mu * (w - global) (Li et al. 2020).
public struct FedProx: Algorithm {
  /// The strength; 0 is federated averaging.
  public var mu: Double

  /// The name in job files.
  public var name: String { "fedProx" }
  /// ``mu``.
  public var pull: Double { mu }

  /// The algorithm with the given strength.
  public init(mu: Double = 0.01) { self.mu = mu }
}
