import CKernels
import Engine

/// Zeros where a parameter's layout has padding, ones elsewhere: what compression makes of a gradient's
/// padding is not zero, and padding must stay so.
struct PaddingMask {
  private let parts: [(offset: Int, mask: FloatMemory)]

  init(_ map: ParameterMap) throws {
    var parts: [(offset: Int, mask: FloatMemory)] = []
    for (index, entry) in map.entries.enumerated()
    where entry.isTrained && entry.storedCount != entry.shape.count {
      let whole = FloatMemory(count: map.count)
      try map.pack([Float](repeating: 1, count: entry.shape.count), index, into: whole.base)
      let mask = FloatMemory(count: entry.storedCount)
      mask.base.update(from: whole.base + entry.offset, count: entry.storedCount)
      parts.append((entry.offset, mask))
    }
    self.parts = parts
  }

  /// Clears the padding of a flat array.
  func apply(to array: UnsafeMutablePointer<Float>) {
    for (offset, mask) in parts { ck_multiply(array + offset, mask.base, mask.count) }
  }
}
