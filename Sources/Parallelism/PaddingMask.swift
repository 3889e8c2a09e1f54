import CKernels
import Engine

/// Zeros where a parameter's layout has padding, ones elsewhere: what compression makes of a gradient's
/// padding is not zero, and padding must stay so. The gaps between parameters count as padding, too: no
/// checkpoint holds what is left over there.
struct PaddingMask {
  private let parts: [(offset: Int, mask: FloatMemory)]
  private let gaps: [Range<Int>]

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
    var gaps: [Range<Int>] = []
    var end = 0
    for entry in map.entries.filter(\.isTrained).sorted(by: { $0.offset < $1.offset }) {
      if entry.offset > end { gaps.append(end..<entry.offset) }
      end = entry.offset + entry.storedCount
    }
    if end < map.trainedCount { gaps.append(end..<map.trainedCount) }
    self.gaps = gaps
  }

  /// Clears the padding of a flat array.
  func apply(to array: UnsafeMutablePointer<Float>) {
    for (offset, mask) in parts { ck_multiply(array + offset, mask.base, mask.count) }
    for gap in gaps { (array + gap.lowerBound).update(repeating: 0, count: gap.count) }
  }
}
