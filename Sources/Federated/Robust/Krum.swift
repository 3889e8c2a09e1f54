/// The update that is nearest to its neighbours, or the mean of the nearest few (Blanchard et al.
/// 2017, algorithm 1 and section 5):
///
///     score of i = sum of its n - f - 2 smallest squared distances to others
///
/// Of equal scores the client with the lower number is nearer.
public struct Krum: RobustRule {
  /// Liars that are expected, f.
  public var liars: Int
  /// Updates whose mean is taken; 1 is Krum, more is multi-Krum.
  public var selected: Int

  /// The name in job files.
  public var name: String { "krum" }
  /// 2 f + 3.
  public var fewestUpdates: Int { max(2 * liars + 3, selected) }

  /// Krum, or multi-Krum of `selected`.
  public init(liars: Int = 1, selected: Int = 1) {
    (self.liars, self.selected) = (liars, selected)
  }

  /// The score of each of `rows` among themselves.
  static func scores(_ distances: [[Double]], rows: [Int], liars: Int) -> [Double] {
    rows.map { row in
      let others = rows.filter { $0 != row }.map { distances[row][$0] }.sorted()
      return others.prefix(max(1, rows.count - liars - 2)).reduce(0, +)
    }
  }

  /// The score of each row. Collective.
  public func scores(_ table: UpdateTable) throws -> [Double] {
    Self.scores(
      try table.squaredDistances(), rows: Array(0..<table.rowCount), liars: liars)
  }

  /// The rows with the smallest scores, nearest first. Collective.
  public func selection(_ table: UpdateTable) throws -> [Int] {
    let scores = try scores(table)
    return Array(
      (0..<table.rowCount).sorted { (scores[$0], $0) < (scores[$1], $1) }.prefix(selected))
  }

  /// The mean of the selected rows; see ``RobustRule``.
  public func combine(
    _ table: UpdateTable, into result: UnsafeMutableBufferPointer<Float>
  ) throws {
    // In the order of clients, so that the mean does not depend on the scores.
    let rows = try selection(table).sorted()
    for index in 0..<table.width {
      let sum = rows.reduce(0.0) { $0 + Double(table[$1][index]) }
      result[index] = Float(sum / Double(rows.count))
    }
  }
}
