import Randomness

/// Elements become whole numbers of a few bits, rounded up or down at random so that the mean is kept
/// (QSGD, Alistarh et al. 2017), in blocks of 1024 with a scale each.
public struct Quantization: Compression {
  /// Bits of an element, sign included: 2, 4 or 8.
  public var bits: Int

  /// Elements with one scale.
  private static let block = 1024

  /// The name in job files.
  public var name: String { "quantization" }
  /// False: the rounding has no bias.
  public var keepsError: Bool { false }

  /// Eight bits unless said otherwise.
  public init(bits: Int = 8) { self.bits = bits }

  /// The bits, and four bytes a block.
  public func byteCount(_ count: Int) -> Int {
    (count * bits + 7) / 8 + 4 * ((count + Self.block - 1) / Self.block)
  }

  /// Rounds; see ``Compression``.
  public func apply(_ update: UnsafeMutableBufferPointer<Float>, seed: UInt64, round: Int) {
    let levels = Float((1 << (bits - 1)) - 1)
    for (number, start) in stride(from: 0, to: update.count, by: Self.block).enumerated() {
      let range = start..<min(update.count, start + Self.block)
      let largest = range.reduce(Float(0)) { max($0, abs(update[$1])) }
      guard largest > 0 else { continue }
      var random = CounterRandom(
        seed: seed, purpose: .client, epoch: UInt32(truncatingIfNeeded: round),
        sample: UInt64(number))
      let step = largest / levels
      for index in range {
        let scaled = update[index] / step
        let below = scaled.rounded(.down)
        let isUp = random.uniform() < scaled - below
        update[index] = max(-levels, min(levels, below + (isUp ? 1 : 0))) * step
      }
    }
  }
}
