import Glibc

/// Floats aligned to 64 bytes, owned by one object or borrowed for good.
public final class FloatMemory {
  /// The first element.
  public let base: UnsafeMutablePointer<Float>
  /// The number of elements.
  public let count: Int
  private let isOwned: Bool

  // Note [Huge pages]
  // A step streams through arenas of up to hundreds of megabytes. In pages of 4 KiB nearly every row
  // of an image misses the table of translated addresses, which a virtual machine has to walk twice.
  // Linux gives pages of 2 MiB to those who ask for them (Documentation/admin-guide/mm/transhuge.rst).

  /// Bytes of a huge page of x86-64.
  private static let hugePage = 2 << 20

  /// Memory of `count` zeros.
  public init(count: Int) {
    self.count = count
    isOwned = true
    let byteCount = max(64, count * MemoryLayout<Float>.stride)
    let isLarge = byteCount >= 2 * Self.hugePage
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: byteCount, alignment: isLarge ? Self.hugePage : 64)
    // Whole pages only; a system without them says no, and nothing is lost.
    if isLarge { madvise(bytes, byteCount & ~(Self.hugePage - 1), MADV_HUGEPAGE) }
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
