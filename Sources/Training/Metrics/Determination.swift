/// The share of the labels' variance that predictions explain, R^2 = 1 - sum e^2 / sum (y - mean)^2, the
/// mean over outputs, as scikit-learn's `r2_score`.
public struct Determination: Metric {
  /// The metric.
  public init() {}

  /// The name in job files.
  public var name: String { "r2" }
  /// Numbers.
  public var takesClasses: Bool? { false }
  /// Sums are listed, to be added in the order of the samples.
  public var merging: MetricMerging { .list }

  /// For each output the number of labels, their sum, and the sums of squares of labels and errors.
  public func numbers(of chunk: MetricChunk) -> [Double] {
    var sums = [Double](repeating: 0, count: 4 * chunk.width)
    chunk.forEachNumber { column, output, label in
      sums[4 * column] += 1
      sums[4 * column + 1] += label
      sums[4 * column + 2] += label * label
      sums[4 * column + 3] += (output - label) * (output - label)
    }
    return sums
  }

  /// R^2.
  public func values(
    _ numbers: [Double], width: Int, loss: Double
  ) -> [(name: String, value: MetricValue)] {
    let scores = (0..<width).map { column -> Double in
      func sum(_ kind: Int) -> Double {
        stride(from: 4 * column + kind, to: numbers.count, by: 4 * width).reduce(0) {
          $0 + numbers[$1]
        }
      }
      let spread = sum(2) - sum(1) * sum(1) / max(1, sum(0))
      let error = sum(3)
      // Labels without spread: only perfect predictions explain all of it.
      return spread > 0 ? 1 - error / spread : error == 0 ? 1 : 0
    }
    return [(name, .number(scores.reduce(0, +) / Double(max(1, width))))]
  }
}
