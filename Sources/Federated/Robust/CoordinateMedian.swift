/// The median of each coordinate (Yin et al. 2018): right as long as more than half are honest. Of an
/// even number the mean of the two in the middle.
public struct CoordinateMedian: RobustRule {
  /// The name in job files.
  public var name: String { "median" }
  /// One.
  public var fewestUpdates: Int { 1 }

  /// The rule; it has no settings.
  public init() {}

  /// Medians; see ``RobustRule``.
  public func combine(
    _ table: UpdateTable, into result: UnsafeMutableBufferPointer<Float>
  ) {
    var column = [Float](repeating: 0, count: table.rowCount)
    let middle = column.count / 2
    for index in 0..<table.width {
      for row in 0..<table.rowCount { column[row] = table[row][index] }
      column.sort()
      result[index] =
        column.count.isMultiple(of: 2)
        ? Float((Double(column[middle - 1]) + Double(column[middle])) / 2) : column[middle]
    }
  }
}
