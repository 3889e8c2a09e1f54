/// The mean over classes of the harmonic mean of precision and recall; classes that are neither label
/// nor prediction of any sample do not count, as in scikit-learn.
public struct MacroF1: Metric {
  /// The metric.
  public init() {}

  /// The name in job files.
  public var name: String { "macroF1" }
  /// Classes.
  public var takesClasses: Bool? { true }
  /// Counts are added.
  public var merging: MetricMerging { .sum }

  /// For each class hits, labels and predictions.
  public func numbers(of chunk: MetricChunk) -> [Double] {
    var counts = [Double](repeating: 0, count: 3 * chunk.width)
    chunk.forEachClass { row, label in
      let best = chunk.best(row)
      if best == label { counts[3 * label] += 1 }
      counts[3 * label + 1] += 1
      counts[3 * best + 2] += 1
    }
    return counts
  }

  /// F1 of a class is 2 hits / (labels + predictions).
  public func values(
    _ numbers: [Double], width: Int, loss: Double
  ) -> [(name: String, value: MetricValue)] {
    let scores = (0..<width).compactMap { index -> Double? in
      let total = numbers[3 * index + 1] + numbers[3 * index + 2]
      return total == 0 ? nil : 2 * numbers[3 * index] / total
    }
    return [
      (name, .number(scores.isEmpty ? .nan : scores.reduce(0, +) / Double(scores.count)))
    ]
  }
}
