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
  ///   - requiredOfSum: the same against the same ranks with the sum off, where neither memory that ranks
  ///     share nor a core that slows down counts.
  ///   - comparison: with an earlier test.
  public init(
    _ results: ScalingResults, required: Double? = nil, requiredOfSum: Double? = nil,
    comparison: Comparison? = nil
  ) {
    var lines: [Line] = []
    for series in results.series {
      for point in series.points.dropFirst() {
        let place = "\(series.mode.rawValue) scaling on \(point.ranks) ranks"
        if let required {
          lines.append(Line(place, "efficiency", point.efficiency, required))
        }
        if let requiredOfSum {
          let name = "efficiency against the sum off"
          lines.append(Line(place, name, point.synchronizationEfficiency, requiredOfSum))
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

extension ScalingVerdict.Line {
  /// Whether an efficiency is at least what is wanted.
  fileprivate init(_ place: String, _ name: String, _ found: Estimate?, _ wanted: Double) {
    guard let found else {
      self.init(text: "\(place): ranks shared cores, there is no efficiency", isGood: false)
      return
    }
    self.init(
      text:
        "\(place): \(name) \(Numbers.percent(found.median)), wanted at least \(Numbers.percent(wanted))",
      isGood: found.median >= wanted)
  }
}
