import Randomness

/// A table much smaller than the update, from which the server estimates the largest elements (count
/// sketch, Charikar et al. 2002; FetchSGD, Rothchild et al. 2020); the client adds the rest to its next
/// update.
///
///     row 0   │   │ + │   │   │ - │      every element is added to one cell a row, with a sign,
///     row 1   │ - │   │   │ + │   │      both by hash; its estimate is the median over rows of
///     row 2   │   │   │ + │ - │   │      sign x cell: collisions seldom agree in two rows of three
///
/// No places are sent, unlike ``LargestElements``.
public struct CountSketch: Compression {
  /// Cells of the table, as a share of the elements.
  public var share: Double

  private static let rows = 3

  /// The name in job files.
  public var name: String { "sketch" }
  /// True.
  public var keepsError: Bool { true }

  /// One cell for ten elements unless said otherwise.
  public init(share: Double = 0.1) { self.share = share }

  private func columns(_ count: Int) -> Int {
    max(2, Int((share * Double(count)).rounded()) / Self.rows)
  }

  /// A float a cell.
  public func byteCount(_ count: Int) -> Int { 4 * Self.rows * columns(count) }

  /// Leaves the estimates of the elements that stand out, half as many as the table has columns. See
  /// ``Compression``.
  public func apply(_ update: UnsafeMutableBufferPointer<Float>, seed: UInt64, round: Int) {
    let columns = columns(update.count)
    let key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    /// The cells of an element, and its signs.
    func cells(_ index: Int) -> ((Int, Float), (Int, Float), (Int, Float)) {
      let words = CounterRandom.philox(
        counter: (
          UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
          UInt32(truncatingIfNeeded: round), CounterRandom.Purpose.client.rawValue
        ), key: key)
      func cell(_ row: Int, _ word: UInt32) -> (Int, Float) {
        (
          row * columns + Int((UInt64(word >> 1) * UInt64(columns)) >> 31),
          word & 1 == 0 ? 1 : -1
        )
      }
      return (cell(0, words.0), cell(1, words.1), cell(2, words.2))
    }
    var table = [Float](repeating: 0, count: Self.rows * columns)
    for index in update.indices where update[index] != 0 {
      let (a, b, c) = cells(index)
      table[a.0] += a.1 * update[index]
      table[b.0] += b.1 * update[index]
      table[c.0] += c.1 * update[index]
    }
    for index in update.indices {
      let (a, b, c) = cells(index)
      let (x, y, z) = (a.1 * table[a.0], b.1 * table[b.0], c.1 * table[c.0])
      update[index] = max(min(x, y), min(max(x, y), z))
    }
    LargestElements(share: Double(columns) / 2 / Double(update.count))
      .apply(update, seed: seed, round: round)
  }
}
