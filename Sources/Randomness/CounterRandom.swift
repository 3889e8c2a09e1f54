/// A counter-based random generator: the value is a function of a key and a counter, not of history.
///
/// Philox-4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11).
/// Every draw in Trireme is keyed by (seed, purpose, epoch, sample), so that it does not depend on
/// the number of ranks, on threads, or on what was drawn before; a resume needs no saved state.
public struct CounterRandom: Sendable {
  /// What a stream of numbers is for; streams of different purposes never overlap.
  public enum Purpose: UInt32, Sendable {
    case initialization = 1
    case shuffle
    case dropout
    case augmentation
    case synthetic
    case sampling
    /// Dealing samples to the clients of a federation.
    case partition
    /// Choosing the clients of a round.
    case cohort
    /// Which clients drop out or are slow.
    case availability
    /// Whatever one client draws by itself.
    case client
    /// Noise for privacy.
    case noise
    /// What attackers draw.
    case attack
    /// How much longer or shorter a simulated step takes.
    case jitter
  }

  private let key: (UInt32, UInt32)
  private let stream: (UInt32, UInt32)
  private var block: UInt64 = 0
  private var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
  private var used = 4

  /// The stream of `purpose` for one `sample` of one `epoch` under `seed`.
  public init(seed: UInt64, purpose: Purpose, epoch: UInt32 = 0, sample: UInt64 = 0) {
    // The sample is mixed into the key by one Philox block, which leaves 64 counter bits free.
    let mixed = Self.philox(
      counter: (
        UInt32(truncatingIfNeeded: sample), UInt32(truncatingIfNeeded: sample >> 32), epoch,
        purpose.rawValue
      ),
      key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    key = (mixed.0, mixed.1)
    stream = (mixed.2, mixed.3)
  }

  /// The 64-bit key of this stream, for kernels that evaluate the generator themselves.
  public var keyWords: (UInt32, UInt32) { key }

  /// The next 32 random bits.
  public mutating func next32() -> UInt32 {
    if used == 4 {
      words = Self.philox(
        counter: (
          UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), stream.0,
          stream.1
        ), key: key)
      block &+= 1
      used = 0
    }
    defer { used += 1 }
    switch used {
    case 0: return words.0
    case 1: return words.1
    case 2: return words.2
    default: return words.3
    }
  }

  /// A number uniform in [0, 1), a multiple of 2^-24 (every value is a `Float`).
  public mutating func uniform() -> Float {
    Float(next32() >> 8) * 0x1p-24
  }

  /// A number of the standard normal distribution (Box and Muller 1958, the cosine branch).
  public mutating func normal() -> Float {
    // 1 - u is in (0, 1], so that its logarithm is finite.
    let radius = (-2 * logarithm(1 - Double(uniform()))).squareRoot()
    return Float(radius * cosine(2 * Double.pi * Double(uniform())))
  }

  /// A number of the exponential distribution of mean 1, by the inverse of its distribution function.
  public mutating func exponential() -> Double {
    -logarithm(1 - Double(uniform()))
  }

  /// One block of Philox-4x32-10: four random words for a counter and a key.
  public static func philox(
    counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var (c0, c1, c2, c3) = counter
    var (k0, k1) = key
    for _ in 0..<10 {
      let first = UInt64(0xD251_1F53) * UInt64(c0)
      let second = UInt64(0xCD9E_8D57) * UInt64(c2)
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: second >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: first)
      )
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (c0, c1, c2, c3)
  }
}
