/// How often each class was predicted for each label: rows are labels, columns predictions.
public struct ConfusionMatrix: Metric {
  /// The metric.
  public init() {}

  /// The name in job files.
  public var name: String { "confusionMatrix" }
  /// Classes.
  public var takesClasses: Bool? { true }
  /// Counts are added.
  public var merging: MetricMerging { .sum }

  /// The counts, row by row.
  public func numbers(of chunk: MetricChunk) -> [Double] {
    var counts = [Double](repeating: 0, count: chunk.width * chunk.width)
    chunk.forEachClass { row, label in counts[label * chunk.width + chunk.best(row)] += 1 }
    return counts
  }

  /// The matrix.
  public func values(
    _ numbers: [Double], width: Int, loss: Double
  ) -> [(name: String, value: MetricValue)] {
    let rows = (0..<width).map { row in (0..<width).map { Int(numbers[row * width + $0]) } }
    return [(name, .matrix(rows))]
  }
}
