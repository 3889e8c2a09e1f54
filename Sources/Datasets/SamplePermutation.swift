import Randomness

// Note [Shuffling without a table]
//
// A permutation of 0 ..< 2^b is made of rounds that each mix one half of the bits into the other
// (Luby and Rackoff 1988):
//
//     left, right  ->  right, left XOR f(right, key of the round)
//
// Every round can be undone, whatever f is, so the whole is one-to-one. For N that is no power of
// two, results outside 0 ..< N are put in again until one falls inside (cycle walking, Black and
// Rogaway 2002): still one-to-one, and on average less than two turns, since 2^b < 2 N.
//
// Compared with a shuffled table: no N integers in every rank's memory, nothing to broadcast or to
// save, and any position of any epoch is found at once, so that a resume needs only a number.

/// The order of the samples in one epoch: a keyed one-to-one mapping of `0..<count` onto itself.
///
/// A function of seed and epoch alone, the same for every number of ranks. Takes no memory.
public struct SamplePermutation: Sendable {
  /// Number of samples.
  public let count: Int
  /// Bits of the two halves before the first round.
  private let leftBits: UInt64
  private let rightBits: UInt64
  private let keys: SIMD8<UInt64>

  /// The order of `count` samples in `epoch` under `seed`; another for every `stream`.
  public init(count: Int, seed: UInt64, epoch: Int, stream: UInt64 = 0) {
    precondition(count >= 0, "count is \(count)")
    self.count = count
    // Six bits at least: halves of one or two bits leave the rounds nothing to mix.
    let bits = max(6, UInt64(Int.bitWidth - max(0, count - 1).leadingZeroBitCount))
    leftBits = bits / 2
    rightBits = bits - bits / 2
    var random = CounterRandom(
      seed: seed, purpose: .shuffle, epoch: UInt32(truncatingIfNeeded: epoch), sample: stream)
    var keys = SIMD8<UInt64>()
    for round in keys.indices {
      keys[round] = UInt64(random.next32()) << 32 | UInt64(random.next32())
    }
    self.keys = keys
  }

  /// The sample at `position` of the epoch.
  public subscript(position: Int) -> Int {
    precondition(position >= 0 && position < count, "position \(position) of \(count)")
    var value = UInt64(position)
    repeat { value = permute(value) } while value >= UInt64(count)
    return Int(value)
  }

  private func permute(_ value: UInt64) -> UInt64 {
    var left = value >> rightBits
    var right = value & (1 << rightBits - 1)
    var (leftMask, rightMask): (UInt64, UInt64) = (1 << leftBits - 1, 1 << rightBits - 1)
    for round in 0..<8 {
      // The halves change places with their widths; after eight rounds each is back.
      (left, right) = (right, (left ^ Self.mix(right ^ keys[round])) & leftMask)
      (leftMask, rightMask) = (rightMask, leftMask)
    }
    return left << rightBits | right
  }

  /// Spreads every bit of `value` over all others: two multiplications with odd constants.
  private static func mix(_ value: UInt64) -> UInt64 {
    var hash = value &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93
    return hash ^ (hash >> 32)
  }
}
