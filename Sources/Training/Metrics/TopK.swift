/// The share of rows whose label is among the k largest predictions; of equal ones the first counts
/// as larger.
public struct TopK: Metric {
  /// How many predictions count.
  public var k: Int

  /// The share of labels among the `k` largest.
  public init(k: Int = 5) { self.k = k }

  /// The name in job files.
  public var name: String { "topK" }
  /// The name with k in it.
  public var valueName: String { "top\(k)Accuracy" }
  /// Classes.
  public var takesClasses: Bool? { true }
  /// Counts are added.
  public var merging: MetricMerging { .sum }

  /// Hits and rows.
  public func numbers(of chunk: MetricChunk) -> [Double] {
    var (hits, rows) = (0.0, 0.0)
    chunk.forEachClass { row, label in
      let place = row.lowerBound + label
      let score = chunk.predictions[place]
      let larger = row.count {
        chunk.predictions[$0] > score || (chunk.predictions[$0] == score && $0 < place)
      }
      rows += 1
      if larger < k { hits += 1 }
    }
    return [hits, rows]
  }

  /// The share, as `top5Accuracy`.
  public func values(
    _ numbers: [Double], width: Int, loss: Double
  ) -> [(name: String, value: MetricValue)] {
    [("top\(k)Accuracy", .number(numbers[1] == 0 ? .nan : numbers[0] / numbers[1]))]
  }
}
