/// The mean of each coordinate without its largest and smallest values (Yin et al. 2018).
public struct TrimmedMean: RobustRule {
  /// Values that are left out at each end.
  public var cut: Int
  /// How values are rounded and added, so that nothing cut gives the bits of the plain mean.
  public var fixedPoint = FixedPoint()

  /// The name in job files.
  public var name: String { "trimmedMean" }
  /// One more than are left out.
  public var fewestUpdates: Int { 2 * cut + 1 }

  /// Leaves out `cut` values at each end.
  public init(cut: Int = 1) { self.cut = cut }

  /// Trimmed means; see ``RobustRule``.
  public func combine(
    _ table: UpdateTable, into result: UnsafeMutableBufferPointer<Float>
  ) {
    var column = [Float](repeating: 0, count: table.rowCount)
    let factor = 1 / (Double(table.rowCount - 2 * cut) * fixedPoint.scale)
    for index in 0..<table.width {
      for row in 0..<table.rowCount { column[row] = table[row][index] }
      if cut > 0 { column.sort() }
      var sum: Int64 = 0
      for row in cut..<(column.count - cut) { sum &+= fixedPoint.integer(Double(column[row])) }
      result[index] = Float(Double(sum) * factor)
    }
  }
}
