import Glibc

/// Floats aligned to 64 bytes, zeroed, owned by one object.
public final class FloatMemory {
  /// The first element.
  public let base: UnsafeMutablePointer<Float>
  /// The number of elements.
  public let count: Int

  /// Memory of `count` zeros.
  public init(count: Int) {
    self.count = count
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: max(64, count * MemoryLayout<Float>.stride), alignment: 64)
    base = bytes.bindMemory(to: Float.self, capacity: max(16, count))
    base.update(repeating: 0, count: max(16, count))
  }

  deinit { base.deallocate() }

  /// All elements.
  public var buffer: UnsafeMutableBufferPointer<Float> { .init(start: base, count: count) }
}
