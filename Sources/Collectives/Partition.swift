/// The cuts of a buffer: `size` contiguous slices as equal as can be, each again in segments of
/// `segment` elements.
///
/// All slices have the same number of segments, so that ranks go through them in step; the last may
/// be short or empty.
struct Partition {
  let count: Int
  let size: Int
  let segment: Int
  /// Segments of every slice.
  let segmentCount: Int

  init(count: Int, size: Int, segment: Int) {
    self.count = count
    self.size = size
    self.segment = segment
    segmentCount = ((count + size - 1) / size + segment - 1) / segment
  }

  /// Slice `index`, of `count / size` elements or one more.
  func slice(_ index: Int) -> Range<Int> {
    Self.bound(index, count, size)..<Self.bound(index + 1, count, size)
  }

  /// Segment `segment` of slice `slice`.
  func range(slice index: Int, segment number: Int) -> Range<Int> {
    let slice = slice(index)
    let start = min(slice.lowerBound + number * segment, slice.upperBound)
    return start..<min(start + segment, slice.upperBound)
  }

  /// floor(index * count / size), without the product's overflow.
  private static func bound(_ index: Int, _ count: Int, _ size: Int) -> Int {
    index * (count / size) + index * (count % size) / size
  }
}

extension UnsafeMutableBufferPointer {
  /// The elements of `range`, in place.
  func part(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(rebasing: self[range])
  }
}

/// Multiplies all elements by `factor`; by one, leaves them alone.
func scale<Element: Summable>(
  _ buffer: UnsafeMutableBufferPointer<Element>, by factor: Element.Accumulator
) {
  guard factor != 1, let base = buffer.baseAddress else { return }
  Element.scale(base, by: factor, count: buffer.count)
}
