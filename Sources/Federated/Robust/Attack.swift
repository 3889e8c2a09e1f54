import Randomness

/// What dishonest clients do: to test defences.
public struct Attack: Hashable, Sendable {
  /// The lies.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The update times minus ``Attack/strength``.
    case signFlip
    /// Labels are turned round before training: class c becomes the last but c.
    case labelFlip
    /// Normal noise of deviation ``Attack/strength`` in the place of the update.
    case noise
    /// The update times ``Attack/strength``.
    case scaledUpdate
  }

  /// The lie.
  public var kind: Kind
  /// The share of clients that lie: the same in all rounds.
  public var share: Double
  /// How strong; not for label flips.
  public var strength: Double

  /// Sign flips of a fifth of the clients, unless said otherwise.
  public init(_ kind: Kind = .signFlip, share: Double = 0.2, strength: Double = 1) {
    (self.kind, self.share, self.strength) = (kind, share, strength)
  }

  /// The clients that lie. Local, the same on all ranks.
  public func attackers(clients: Int, seed: UInt64) -> Set<Int> {
    var random = CounterRandom(seed: seed, purpose: .attack)
    let count = Int((share * Double(clients)).rounded())
    return Set(random.shuffled(Array(0..<clients)).prefix(count))
  }
}
