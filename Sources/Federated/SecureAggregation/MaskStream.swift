public import Crypto
import Foundation

/// Random integers modulo 2^64 from a key: AES-256 in counter mode.
///
/// The key stream is the cipher text of zeros. As R = 2^64 every 64 bits are a number, with no
/// rejection and no bias.
public struct MaskStream {
  /// Integers of one call of the cipher.
  private static let piece = 1 << 15

  private let key: SymmetricKey

  /// The stream of a key of 32 bytes.
  public init(key: SymmetricKey) { self.key = key }

  /// Adds the stream to `values`, or takes it away, modulo 2^64. Local.
  public func add(to values: UnsafeMutableBufferPointer<Int64>, negative: Bool = false) throws {
    let zeros = Data(count: Self.piece * 8)
    for (index, start) in stride(from: 0, to: values.count, by: Self.piece).enumerated() {
      let count = min(Self.piece, values.count - start)
      // Never the same nonce twice under one key: it is the number of the piece.
      var nonce = Data(count: 4)
      withUnsafeBytes(of: UInt64(index).bigEndian) { nonce.append(contentsOf: $0) }
      let sealed = try AES.GCM.seal(
        zeros.prefix(count * 8), using: key, nonce: AES.GCM.Nonce(data: nonce))
      sealed.ciphertext.withUnsafeBytes { bytes in
        for place in 0..<count {
          let mask = Int64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * place, as: Int64.self))
          values[start + place] =
            negative ? values[start + place] &- mask : values[start + place] &+ mask
        }
      }
    }
  }
}
