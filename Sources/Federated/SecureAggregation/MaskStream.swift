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
// A piece of a stream is one call of the cipher. A call costs 1.6 us beside its 6 us for 120 KiB; room of
// 128 KiB and more would come from the kernel, page by page, each time.

/// Random integers modulo 2^64 from a key: AES-128 in counter mode, which is as strong as the X25519 that
/// agrees on its keys.
///
/// The key stream is the cipher text of zeros. As R = 2^64 every 64 bits are a number, with no
/// rejection and no bias.
public struct MaskStream {
  /// Bytes of a key.
  public static let keyBytes = 16
  /// Integers of one call of the cipher: 120 KiB.
  static let piece = 15 << 10

  private let key: SymmetricKey
  private let isNegative: Bool

  /// The stream of a key of ``keyBytes``.
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
      var number = Data(count: 4)
      withUnsafeBytes(of: UInt64(index).bigEndian) { number.append(contentsOf: $0) }
      let nonce = try AES.GCM.Nonce(data: number)
      let zeros = zeros.prefix(part.count * MemoryLayout<Int64>.stride)
      func text(_ stream: MaskStream) throws -> Data {
        try AES.GCM.seal(zeros, using: stream.key, nonce: nonce).ciphertext
      }
      // Two at a time read and write the sums half as often.
      for first in stride(from: 0, to: streams.count, by: 2) {
        let (one, two) = (streams[first], first + 1 < streams.count ? streams[first + 1] : nil)
        try text(one).withUnsafeBytes { a in
          try (two.map(text) ?? Data()).withUnsafeBytes { b in
            ck_add_masks(
              part.baseAddress, a.baseAddress, one.isNegative,
              two == nil ? nil : b.baseAddress, two?.isNegative ?? false, part.count)
          }
        }
      }
    }
  }
}
