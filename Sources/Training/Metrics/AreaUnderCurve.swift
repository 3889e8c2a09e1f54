/// The area under the receiver operating characteristic: the probability that a positive sample scores
/// higher than a negative one, ties counting half (Mann and Whitney 1947).
///
/// Of two classes the second is positive, as is a label above 0.5 of a single output. Of more classes, or
/// outputs, the mean over one against the rest; those without both kinds of samples do not count.
/// Gathers all scores on every rank.
public struct AreaUnderCurve: Metric {
  /// The metric.
  public init() {}

  /// The name in job files.
  public var name: String { "auc" }
  /// Both.
  public var takesClasses: Bool? { nil }
  /// Scores are listed.
  public var merging: MetricMerging { .list }

  /// Each row's scores, then which of them are positive.
  public func numbers(of chunk: MetricChunk) -> [Double] {
    var numbers: [Double] = []
    numbers.reserveCapacity(2 * chunk.predictions.count)
    func add(_ row: Range<Int>, _ isPositive: (Int) -> Bool) {
      numbers += row.map { Double(chunk.predictions[$0]) }
      numbers += row.map { isPositive($0 - row.lowerBound) ? 1 : 0 }
    }
    switch chunk.labels {
    case .classes: chunk.forEachClass { row, label in add(row) { $0 == label } }
    case .numbers(let labels):
      for row in 0..<chunk.rows {
        add(row * chunk.width..<(row + 1) * chunk.width) { labels[row * chunk.width + $0] > 0.5 }
      }
    }
    return numbers
  }

  /// The area, or the mean area.
  public func values(
    _ numbers: [Double], width: Int, loss: Double
  ) -> [(name: String, value: MetricValue)] {
    let columns = width == 2 ? 1..<2 : 0..<width
    let areas = columns.compactMap { column in
      Self.area(
        stride(from: column, to: numbers.count, by: 2 * width).map {
          (score: numbers[$0], isPositive: numbers[$0 + width] == 1)
        })
    }
    return [(name, .number(areas.isEmpty ? .nan : areas.reduce(0, +) / Double(areas.count)))]
  }

  /// (sum of the positives' ranks - P (P + 1) / 2) / (P N), equal scores sharing their mean rank.
  private static func area(_ samples: [(score: Double, isPositive: Bool)]) -> Double? {
    let sorted = samples.sorted { $0.score < $1.score }
    let positives = Double(sorted.count { $0.isPositive })
    let negatives = Double(sorted.count) - positives
    guard positives > 0, negatives > 0 else { return nil }
    var (rankSum, start) = (0.0, 0)
    while start < sorted.count {
      var end = start
      while end < sorted.count, sorted[end].score == sorted[start].score { end += 1 }
      let rank = Double(start + 1 + end) / 2
      rankSum += rank * Double(sorted[start..<end].count { $0.isPositive })
      start = end
    }
    return (rankSum - positives * (positives + 1) / 2) / (positives * negatives)
  }
}
