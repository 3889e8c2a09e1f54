/// Whether a scaling test is good enough, in words.
public struct ScalingVerdict: Equatable, Sendable {
  /// A sentence of the verdict.
  public struct Line: Equatable, Sendable {
    /// What was found.
    public var text: String
    /// Whether it is as it should be.
    public var isGood: Bool
  }

  /// What was asked for and how it came out.
  public let lines: [Line]

  /// Whether everything is as it should be.
  public var isGood: Bool { lines.allSatisfy(\.isGood) }

  /// - Parameters:
  ///   - required: the efficiency below which the test fails; nil for none. The median of each rank
  ///     count above the smallest counts.
  ///   - comparison: with an earlier test.
  public init(_ results: ScalingResults, required: Double? = nil, comparison: Comparison? = nil) {
    var lines: [Line] = []
    if let required {
      for series in results.series {
        for point in series.points.dropFirst() {
          guard let efficiency = point.efficiency else {
            lines.append(
              Line(
                text:
                  "\(series.mode.rawValue) scaling on \(point.ranks) ranks: ranks shared cores, there is no efficiency",
                isGood: false))
            continue
          }
          let isGood = efficiency.median >= required
          lines.append(
            Line(
              text:
                "\(series.mode.rawValue) scaling on \(point.ranks) ranks: efficiency \(Numbers.percent(efficiency.median)), wanted at least \(Numbers.percent(required))",
              isGood: isGood))
        }
      }
    }
    if let comparison {
      for row in comparison.rows where row.isLoss {
        let isShare = row.quantity == "efficiency"
        let (before, now) =
          isShare
          ? (Numbers.percent(row.before), Numbers.percent(row.now))
          : (Numbers.short(row.before), Numbers.short(row.now))
        lines.append(
          Line(
            text:
              "\(row.mode.rawValue) scaling on \(row.ranks) ranks lost \(row.quantity) against the baseline: \(now) instead of \(before)",
            isGood: false))
      }
      if !comparison.hasLoss {
        lines.append(Line(text: "no significant loss against the baseline", isGood: true))
      }
    }
    self.lines = lines
  }
}
