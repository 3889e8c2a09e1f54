import Foundation

/// Where the time goes that scaling does not win, in words.
///
/// The ideal step of P ranks is the compute of the smallest run for as many samples. What a step takes
/// longer is put down, largest part first, to communication, imbalance, input, checkpoints, and
/// compute that is slower than it was.
struct Explanation {
  let sentences: [String]

  init(_ series: ScalingResults.Series) {
    sentences = series.points.dropFirst().map(Self.sentence)
  }

  private static func sentence(_ point: Point) -> String {
    let split = point.split
    // Of a full step, so that the shares and what is kept add up to one.
    let total = max(split.total, 1e-9)
    let causes = [
      (split.exposed, "communication that the step waits for"),
      (split.imbalance, "waiting for the slowest rank"),
      (split.input, "input"), (split.checkpoint, "checkpoints"),
      (split.slowdown, slowdownCause(point)),
    ].filter { $0.0 / total >= 0.01 }.sorted { $0.0 > $1.0 }
    let parts = causes.map { "\(Numbers.percent($0.0 / total)) \($0.1)" }
    let hidden =
      split.hidden > 0.01 * total
      ? "; \(Numbers.time(split.hidden)) of communication a step are hidden behind compute" : ""
    let lost =
      parts.isEmpty
      ? "no part of a step above 1 % is lost" : "of a step, " + parts.joined(separator: ", ")
    let note =
      point.efficiency == nil ? " (ranks share cores: this is no efficiency)" : ""
    return "\(point.ranks) ranks: \(lost)\(hidden)\(note)."
  }

  /// Why the same work takes longer on more ranks.
  private static func slowdownCause(_ point: Point) -> String {
    "compute that is slower than on the smallest run (cores share memory and clock, or a rank's batch is too small to use its core)"
  }
}
