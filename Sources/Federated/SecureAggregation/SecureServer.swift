import Crypto
import Foundation

/// The server's side of the protocol in one round: it sees public keys, sealed shares, masked messages
/// and revealed shares, and never an update.
public struct SecureServer {
  private let graph: NeighbourGraph
  private let threshold: Int
  private let context: Data
  private let keys: [Int: SecureKeys]

  /// The server of a round.
  public init(graph: NeighbourGraph, threshold: Int, round: Int, keys: [Int: SecureKeys]) {
    (self.graph, self.threshold, self.keys) = (graph, threshold, keys)
    context = Data("trireme secure aggregation, round \(round)".utf8)
  }

  /// What must be taken away from the sum of all masked messages.
  public enum Remainder: Hashable, Sendable {
    /// A survivor's own mask, from its seed.
    case own(client: Int, seed: [UInt8])
    /// The mask that a survivor shares with a client that dropped out, from that one's key.
    case pair(survivor: Int, dropped: Int, key: [UInt8])
  }

  /// Joins the revealed shares.
  ///
  /// - Throws: `FederationError` if the shares of a secret are too few: there is no sum then, rather
  ///   than a wrong one.
  public func remainders(
    survivors: [Int], dropped: [Int], revealed: [RevealedShare]
  ) throws(FederationError) -> [Remainder] {
    var own: [Int: [SecretSharing.Share]] = [:]
    var key: [Int: [SecretSharing.Share]] = [:]
    for share in revealed {
      if share.isOwnMask {
        own[share.of, default: []].append(share.share)
      } else {
        key[share.of, default: []].append(share.share)
      }
    }
    var remainders: [Remainder] = []
    for client in survivors {
      remainders.append(.own(client: client, seed: try join(own[client] ?? [], of: client)))
    }
    for client in dropped {
      let affected = graph.neighbours(of: client).filter(survivors.contains)
      guard !affected.isEmpty else { continue }
      let secret = try join(key[client] ?? [], of: client)
      remainders += affected.map { .pair(survivor: $0, dropped: client, key: secret) }
    }
    return remainders
  }

  private func join(
    _ shares: [SecretSharing.Share], of client: Int
  ) throws(FederationError) -> [UInt8] {
    guard shares.count >= threshold else {
      throw .aborted(
        "secure aggregation has \(shares.count) of the \(threshold) shares that it needs of client \(client): too many clients dropped out; the round gives no sum"
      )
    }
    return SecretSharing.join(Array(shares.prefix(threshold)))
  }

  /// Takes remainders away from a sum. Local.
  public func remove(
    _ remainders: [Remainder], from sum: UnsafeMutableBufferPointer<Int64>
  ) throws {
    try MaskStream.add(remainders.map(antidote), to: sum)
  }

  /// The stream that takes a remainder away.
  private func antidote(to remainder: Remainder) throws -> MaskStream {
    switch remainder {
    case .own(_, let seed):
      return MaskStream(key: SymmetricKey(data: seed), negative: true)
    case .pair(let survivor, let dropped, let secret):
      guard let theirs = keys[survivor] else {
        throw FederationError.aborted("the keys of client \(survivor) are missing")
      }
      let key = try Self.pairKey(
        Curve25519.KeyAgreement.PrivateKey(rawRepresentation: secret), theirs.mask,
        context: context)
      // The survivor has added the stream if its number is the lower one.
      return MaskStream(key: key, negative: dropped > survivor)
    }
  }

  /// The key that two clients agree on: X25519, then HKDF with SHA-256.
  static func pairKey(
    _ secret: Curve25519.KeyAgreement.PrivateKey, _ theirs: [UInt8], context: Data,
    bytes: Int = MaskStream.keyBytes
  ) throws -> SymmetricKey {
    try secret.sharedSecretFromKeyAgreement(
      with: Curve25519.KeyAgreement.PublicKey(rawRepresentation: theirs)
    ).hkdfDerivedSymmetricKey(
      using: SHA256.self, salt: Data(), sharedInfo: context, outputByteCount: bytes)
  }
}
