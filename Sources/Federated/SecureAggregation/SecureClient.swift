import Crypto
import Foundation

// Note [Secure aggregation]
//
// Bonawitz et al. 2017, with the graph of Bell et al. 2020. For client u with update x_u, integers
// modulo R = 2^64:
//
//     y_u = x_u + PRG(b_u) + sum over v > u of PRG(s_uv) - sum over v < u of PRG(s_uv)
//
//     1  keys      u sends two public keys: one agrees on s_uv, the other seals shares
//     2  shares    u deals b_u and its secret mask key to its neighbours, sealed for each
//     3  masked    u sends y_u
//     4  unmask    the server names who has sent and who has not; u gives the shares of b_v of those
//                  who have, of the mask key of those who have not: never both of one client
//
// In a sum of all y the pairs cancel; the server takes away PRG(b_u), and what pairs with clients that
// dropped out have left. It learns the sum, and nothing else as long as fewer than `threshold`
// neighbours of a client conspire with it. Every round has fresh keys.

/// What a client says in step 1.
public struct SecureKeys: Hashable, Sendable {
  /// For agreeing on masks.
  public let mask: [UInt8]
  /// For sealing shares.
  public let seal: [UInt8]
}

/// A sealed pair of shares on its way from one client to another.
public struct SealedShares: Hashable, Sendable {
  /// Whose secrets they are.
  public let from: Int
  /// Who can open them.
  public let to: Int
  /// Nonce, cipher text and tag.
  public let bytes: [UInt8]
}

/// What a client says in step 4 of one other.
public struct RevealedShare: Hashable, Sendable {
  /// Whose secret.
  public let of: Int
  /// Whether it is a share of the own mask's seed (of a survivor), or of the mask key.
  public let isOwnMask: Bool
  /// The share.
  public let share: SecretSharing.Share
}

/// A client's side of the protocol in one round.
public final class SecureClient {
  /// The client's number.
  public let id: Int
  private let neighbours: [Int]
  private let threshold: Int
  private let context: Data
  private let maskKey = Curve25519.KeyAgreement.PrivateKey()
  private let sealKey = Curve25519.KeyAgreement.PrivateKey()
  private let ownSeed = SymmetricKey(size: SymmetricKeySize(bitCount: 8 * MaskStream.keyBytes))
  private var keys: [Int: SecureKeys] = [:]
  /// What has been agreed on with neighbours, for both directions.
  private var sealingKeys: [Int: SymmetricKey] = [:]
  /// Shares of neighbours' secrets: of their own masks, and of their mask keys.
  private var held: [Int: (own: SecretSharing.Share, key: SecretSharing.Share)] = [:]
  private var hasRevealed = false

  /// Makes fresh keys.
  ///
  /// - Parameters:
  ///   - neighbours: Who shares masks with this client.
  ///   - threshold: Shares that give a secret back.
  ///   - round: Goes into every derived key, so that no two rounds share a mask.
  public init(id: Int, neighbours: [Int], threshold: Int, round: Int) {
    (self.id, self.neighbours, self.threshold) = (id, neighbours, threshold)
    context = Data("trireme secure aggregation, round \(round)".utf8)
  }

  /// Step 1.
  public var publicKeys: SecureKeys {
    SecureKeys(
      mask: Array(maskKey.publicKey.rawRepresentation),
      seal: Array(sealKey.publicKey.rawRepresentation))
  }

  /// Step 2: learns the neighbours' keys, deals both secrets.
  ///
  /// - Throws: `FederationError` if the keys of a neighbour are missing.
  public func deal(_ keys: [Int: SecureKeys]) throws -> [SealedShares] {
    self.keys = keys
    var random = SystemRandomNumberGenerator()
    let own = SecretSharing.split(
      ownSeed.withUnsafeBytes(Array.init), into: neighbours.count, threshold: threshold,
      using: &random)
    let key = SecretSharing.split(
      Array(maskKey.rawRepresentation), into: neighbours.count, threshold: threshold,
      using: &random)
    return try neighbours.enumerated().map { index, neighbour in
      let text = Data([own[index].place] + own[index].bytes + key[index].bytes)
      let sealed = try ChaChaPoly.seal(
        text, using: try sealingKey(with: neighbour),
        authenticating: Data("\(id) to \(neighbour)".utf8))
      return SealedShares(from: id, to: neighbour, bytes: Array(sealed.combined))
    }
  }

  /// Step 2, the other end: opens what neighbours have sealed for this client.
  public func receive(_ shares: SealedShares) throws {
    precondition(shares.to == id, "shares for \(shares.to) at \(id)")
    let text = try ChaChaPoly.open(
      ChaChaPoly.SealedBox(combined: shares.bytes), using: try sealingKey(with: shares.from),
      authenticating: Data("\(shares.from) to \(id)".utf8))
    let bytes = Array(text)
    let end = 1 + MaskStream.keyBytes
    held[shares.from] = (
      SecretSharing.Share(place: bytes[0], bytes: Array(bytes[1..<end])),
      SecretSharing.Share(place: bytes[0], bytes: Array(bytes[end...]))
    )
  }

  /// Step 3: hides a message.
  public func mask(_ message: UnsafeMutableBufferPointer<Int64>) throws {
    let pairs = try neighbours.map { neighbour in
      guard let theirs = keys[neighbour] else { throw Self.missing(neighbour) }
      return MaskStream(
        key: try SecureServer.pairKey(maskKey, theirs.mask, context: context),
        negative: neighbour < id)
    }
    try MaskStream.add([MaskStream(key: ownSeed)] + pairs, to: message)
  }

  /// Step 4: gives one share of each neighbour.
  ///
  /// - Throws: `FederationError` if it is asked twice, if a client is named both alive and dropped, or
  ///   if fewer than the threshold of its neighbours are left: whoever asks so wants to see more than a
  ///   sum.
  public func reveal(survivors: Set<Int>, dropped: Set<Int>) throws -> [RevealedShare] {
    guard !hasRevealed else {
      throw FederationError.aborted("client \(id) has revealed its shares of this round already")
    }
    guard survivors.isDisjoint(with: dropped) else {
      throw FederationError.aborted(
        "client \(id) was asked for both secrets of client \(survivors.intersection(dropped).min() ?? -1)"
      )
    }
    guard neighbours.count(where: survivors.contains) >= threshold else {
      throw FederationError.aborted(
        "client \(id) has \(neighbours.count(where: survivors.contains)) neighbours left, fewer than the threshold of \(threshold)"
      )
    }
    hasRevealed = true
    return held.sorted { $0.key < $1.key }.compactMap { client, shares in
      if survivors.contains(client) {
        return RevealedShare(of: client, isOwnMask: true, share: shares.own)
      }
      return dropped.contains(client)
        ? RevealedShare(of: client, isOwnMask: false, share: shares.key) : nil
    }
  }

  private func sealingKey(with neighbour: Int) throws -> SymmetricKey {
    if let known = sealingKeys[neighbour] { return known }
    guard let theirs = keys[neighbour] else { throw Self.missing(neighbour) }
    let key = try SecureServer.pairKey(
      sealKey, theirs.seal, context: context + Data("seal".utf8), bytes: 32)
    sealingKeys[neighbour] = key
    return key
  }

  private static func missing(_ neighbour: Int) -> FederationError {
    .aborted("the keys of client \(neighbour) are missing")
  }
}
