/// The middle of some measurements and where half of them lie.
public struct Estimate: Codable, Sendable, Equatable {
  /// The median.
  public var median: Double
  /// The lower quartile.
  public var low: Double
  /// The upper quartile.
  public var high: Double
  /// The measurements in the order in which they were made.
  public var runs: [Double]

  /// The median and the quartiles of `runs`, of which there must be at least one. Between two
  /// measurements, quartiles are interpolated (Hyndman and Fan's type 7, as in R and NumPy).
  public init(_ runs: [Double]) {
    precondition(!runs.isEmpty, "an estimate needs a measurement")
    let sorted = runs.sorted()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(sorted.count - 1)
      let below = Int(place)
      let above = min(below + 1, sorted.count - 1)
      return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
    self.runs = runs
    median = quantile(0.5)
    low = quantile(0.25)
    high = quantile(0.75)
  }
}
