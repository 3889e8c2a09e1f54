/// Where a flat array of gradients is cut into buckets: at ends of parameters, as soon as a bucket is
/// full.
///
///     parameters   | a | b |   c   | d |       e       |
///     buckets      |   1   |     2     |       3       |
public enum BucketCuts {
  /// The buckets of the first `count` elements; together they cover them.
  ///
  /// - Parameters:
  ///   - ends: where parameters end, in elements of 4 bytes, ascending; the last belongs to `count`.
  ///   - firstBytes: the length from which the first bucket is full, if that is less than `bytes`.
  ///   - bytes: the length from which any other is.
  public static func ranges(
    parameterEnds ends: [Int], count: Int, firstBytes: Int, bytes: Int
  ) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    for end in ends.dropLast() {
      let full = ranges.isEmpty ? min(firstBytes, bytes) : bytes
      guard (end - start) * MemoryLayout<Float>.stride >= full else { continue }
      // Places are multiples of 16 floats: no two buckets share a cache line.
      let next = (end + 15) / 16 * 16
      ranges.append(start..<next)
      start = next
    }
    if start < count { ranges.append(start..<count) }
    return ranges
  }
}
