import Glibc

/// Floats aligned to 64 bytes, owned by one object or borrowed for good.
public final class FloatMemory {
  /// The first element.
  public let base: UnsafeMutablePointer<Float>
  /// The number of elements.
  public let count: Int
  private let isOwned: Bool

  /// Memory of `count` zeros.
  public init(count: Int) {
    self.count = count
    isOwned = true
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: max(64, count * MemoryLayout<Float>.stride), alignment: 64)
    base = bytes.bindMemory(to: Float.self, capacity: max(16, count))
    base.update(repeating: 0, count: max(16, count))
  }

  /// Memory that belongs to someone else and outlives this object, such as a window that ranks share.
  ///
  /// - Parameter buffer: At least one element, aligned to 64 bytes.
  public init(borrowing buffer: UnsafeMutableBufferPointer<Float>) {
    guard let base = buffer.baseAddress, Int(bitPattern: base) % 64 == 0 else {
      preconditionFailure("\(buffer.count) floats at \(String(describing: buffer.baseAddress))")
    }
    self.base = base
    count = buffer.count
    isOwned = false
  }

  deinit { if isOwned { base.deallocate() } }

  /// All elements.
  public var buffer: UnsafeMutableBufferPointer<Float> { .init(start: base, count: count) }
}
