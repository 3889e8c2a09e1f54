/// Krum chooses n - 2 f updates, one after the other; of each coordinate the values nearest to the
/// median of the chosen are averaged (El Mhamdi et al. 2018).
public struct Bulyan: RobustRule {
  /// Liars that are expected, f.
  public var liars: Int

  /// The name in job files.
  public var name: String { "bulyan" }
  /// 4 f + 3.
  public var fewestUpdates: Int { 4 * liars + 3 }

  /// The rule for `liars`.
  public init(liars: Int = 1) { self.liars = liars }

  /// The chosen rows. Collective.
  public func selection(_ table: UpdateTable) throws -> [Int] {
    let distances = try table.squaredDistances()
    var left = Array(0..<table.rowCount)
    var chosen: [Int] = []
    while chosen.count < table.rowCount - 2 * liars {
      let scores = Krum.scores(distances, rows: left, liars: liars)
      guard let best = left.indices.min(by: { (scores[$0], $0) < (scores[$1], $1) }) else { break }
      chosen.append(left.remove(at: best))
    }
    return chosen.sorted()
  }

  /// Means around medians; see ``RobustRule``.
  public func combine(
    _ table: UpdateTable, into result: UnsafeMutableBufferPointer<Float>
  ) throws {
    let rows = try selection(table)
    let kept = rows.count - 2 * liars
    var column = [Float](repeating: 0, count: rows.count)
    for index in 0..<table.width {
      for (place, row) in rows.enumerated() { column[place] = table[row][index] }
      column.sort()
      let middle = Double(column[column.count / 2])
      let median =
        column.count.isMultiple(of: 2)
        ? (middle + Double(column[column.count / 2 - 1])) / 2 : middle
      // The nearest values to the median are neighbours in the sorted column.
      var start = 0
      for first in 0...(column.count - kept) {
        let (here, best) = (column[first + kept - 1], column[start + kept - 1])
        if max(median - Double(column[first]), Double(here) - median)
          < max(median - Double(column[start]), Double(best) - median)
        {
          start = first
        }
      }
      let sum = column[start..<start + kept].reduce(0.0) { $0 + Double($1) }
      result[index] = Float(sum / Double(kept))
    }
  }
}
