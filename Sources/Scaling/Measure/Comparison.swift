import Foundation

/// A scaling test beside an earlier one of the same job: what was lost, and whether that is more than
/// the rounds scatter.
///
/// Each rank count of each mode is compared in samples a second, if the machines are alike, and in
/// efficiency. A loss counts if it is larger than the tolerance and if the rounds of now are lower than
/// those of then by the one-sided test of Mann and Whitney (Annals of Mathematical Statistics 18,
/// 1947), with its exact distribution: no assumption on how rounds scatter, and one bad round is not
/// enough. With three rounds each all must be lower.
public struct Comparison: Equatable, Sendable {
  /// A quantity on some ranks, then and now.
  public struct Row: Equatable, Sendable {
    /// The series.
    public var mode: ScalingMode
    /// The number of ranks.
    public var ranks: Int
    /// `samples/s` or `efficiency`.
    public var quantity: String
    /// The median then.
    public var before: Double
    /// The median now.
    public var now: Double
    /// The chance of rounds as low as now's if nothing has changed.
    public var chance: Double
    /// Whether that is a significant loss.
    public var isLoss: Bool

    /// The change as a share of then; negative: less.
    public var change: Double { before == 0 ? 0 : now / before - 1 }
  }

  /// What could be compared.
  public let rows: [Row]
  /// What to know of the comparison.
  public let notes: [String]

  /// Whether anything was lost.
  public var hasLoss: Bool { rows.contains(where: \.isLoss) }

  /// Compares.
  ///
  /// - Parameters:
  ///   - tolerance: the share of a quantity that may be lost.
  ///   - level: the chance below which a loss counts.
  public init(
    _ results: ScalingResults, with baseline: ScalingResults, tolerance: Double = 0.03,
    level: Double = 0.05
  ) {
    var rows: [Row] = []
    var notes: [String] = []
    let isSameMachine =
      results.machine.processor == baseline.machine.processor
      && results.machine.cores == baseline.machine.cores
      && results.machine.hosts == baseline.machine.hosts
    if !isSameMachine {
      notes.append(
        "the baseline is of another machine (\(baseline.machine.cores) cores, \(baseline.machine.processor)): only efficiencies are compared"
      )
    }
    for series in results.series {
      guard let other = baseline.series.first(where: { $0.mode == series.mode }) else {
        notes.append("the baseline has no \(series.mode.rawValue) scaling")
        continue
      }
      for point in series.points {
        guard let then = other.points.first(where: { $0.ranks == point.ranks }) else {
          notes.append(
            "the baseline has no \(series.mode.rawValue) scaling on \(point.ranks) ranks")
          continue
        }
        func compare(_ quantity: String, _ now: Estimate, _ then: Estimate) {
          let chance = MannWhitney.chance(of: now.runs, below: then.runs)
          let isLess = now.median < (1 - tolerance) * then.median
          rows.append(
            Row(
              mode: series.mode, ranks: point.ranks, quantity: quantity, before: then.median,
              now: now.median, chance: chance, isLoss: isLess && chance <= level))
        }
        if isSameMachine, then.globalBatch == point.globalBatch {
          compare("samples/s", point.samplesPerSecond, then.samplesPerSecond)
        }
        if point.ranks > series.points[0].ranks, let now = point.efficiency,
          let before = then.efficiency
        {
          compare("efficiency", now, before)
        }
      }
    }
    if let few = [results.rounds, baseline.rounds].min(), few < 3 {
      notes.append("with \(few) rounds nothing can be significant: measure with --repeat 3 or more")
    }
    if rows.isEmpty { notes.append("nothing could be compared") }
    self.rows = rows
    self.notes = notes
  }
}

/// The rank-sum test of two small samples.
package enum MannWhitney {
  /// The chance that `low` is ranked as low beside `high` as it is, or lower, if both come from one
  /// distribution: 1 / C(m + n, n) if all of it lies below. Ties count half.
  package static func chance(of low: [Double], below high: [Double]) -> Double {
    let (m, n) = (low.count, high.count)
    guard m > 0, n > 0 else { return 1 }
    // U counts the pairs in which the first is larger.
    let u = low.reduce(0.0) { sum, own in
      sum + high.reduce(0.0) { $0 + (own > $1 ? 1 : own == $1 ? 0.5 : 0) }
    }
    let counts = orders(m, n)
    let all = counts.reduce(0, +)
    return counts.prefix(Int(u.rounded(.up)) + 1).reduce(0, +) / all
  }

  /// The number of orders of m and n values for each U from 0 to m n, by the recurrence
  /// f(m, n, u) = f(m - 1, n, u - n) + f(m, n - 1, u).
  private static func orders(_ m: Int, _ n: Int) -> [Double] {
    var table = [[[Double]]](
      repeating: [[Double]](repeating: [1], count: n + 1), count: m + 1)
    for i in stride(from: 1, through: m, by: 1) {
      for j in stride(from: 1, through: n, by: 1) {
        var counts = [Double](repeating: 0, count: i * j + 1)
        for (u, count) in table[i - 1][j].enumerated() { counts[u + j] += count }
        for (u, count) in table[i][j - 1].enumerated() { counts[u] += count }
        table[i][j] = counts
      }
    }
    return table[m][n]
  }
}
