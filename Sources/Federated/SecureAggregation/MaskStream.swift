import CKernels
public import Crypto
import Foundation

// Note [Masks in pieces]
//
// A client hides a message behind as many streams as it has neighbours. Stream after stream, the message
// would pass through memory once for each; so it is taken piece by piece, and a piece stays in the cache
// while all streams are added to it:
//
//     message   |  piece 0  |  piece 1  | ...
//                 + own       + own
//                 + pair 3    + pair 3
//                 - pair 1    - pair 1
//
// A piece of a stream is one call of the cipher; its room is small enough for the allocator to use the
// same again, where larger ones would come from the kernel, page by page, each time.

/// Random integers modulo 2^64 from a key: AES-256 in counter mode.
///
/// The key stream is the cipher text of zeros. As R = 2^64 every 64 bits are a number, with no
/// rejection and no bias.
public struct MaskStream {
  /// Integers of one call of the cipher: 64 KiB.
  static let piece = 1 << 13

  private let key: SymmetricKey
  private let isNegative: Bool

  /// The stream of a key of 32 bytes.
  ///
  /// - Parameter negative: Whether it is taken away rather than added.
  public init(key: SymmetricKey, negative: Bool = false) {
    (self.key, isNegative) = (key, negative)
  }

  /// Adds streams to `values`, or takes them away, modulo 2^64. Local.
  public static func add(
    _ streams: [MaskStream], to values: UnsafeMutableBufferPointer<Int64>
  ) throws {
    let zeros = Data(count: min(piece, values.count) * MemoryLayout<Int64>.stride)
    for (index, start) in stride(from: 0, to: values.count, by: piece).enumerated() {
      let part = UnsafeMutableBufferPointer(
        rebasing: values[start..<min(start + piece, values.count)])
      // Never the same nonce twice under one key: it is the number of the piece.
      var nonce = Data(count: 4)
      withUnsafeBytes(of: UInt64(index).bigEndian) { nonce.append(contentsOf: $0) }
      let zeros = zeros.prefix(part.count * MemoryLayout<Int64>.stride)
      for stream in streams {
        try AES.GCM.seal(zeros, using: stream.key, nonce: AES.GCM.Nonce(data: nonce))
          .ciphertext.withUnsafeBytes {
            ck_add_mask(part.baseAddress, $0.baseAddress, part.count, stream.isNegative)
          }
      }
    }
  }
}
