import COneDNN

/// A matrix product as large as the cache likes, to measure what a core can do at most: the yardstick of
/// profiles.
public final class PeakProbe {
  private static let extent = 384
  private let memory = FloatMemory(count: 3 * extent * extent)

  /// A probe with memory of its own.
  public init() { memory.base.update(repeating: 0.5, count: memory.count) }

  /// Floating-point operations of one ``run()``.
  public var flops: Int { 2 * Self.extent * Self.extent * Self.extent }

  /// Multiplies once, on this thread: some hundred microseconds.
  public func run() {
    let (extent, square) = (Int64(Self.extent), Self.extent * Self.extent)
    let letter = CChar(UInt8(ascii: "N"))
    dnnl_sgemm(
      letter, letter, extent, extent, extent, 1, memory.base, extent, memory.base + square,
      extent, 0, memory.base + 2 * square, extent)
  }
}
