internal import Foundation

/// What ``AggregationBenchmark`` measured.
public struct AggregationReport: Codable, Sendable {
  /// The number of ranks.
  public let ranks: Int
  /// Bytes of an update.
  public let bytes: Int
  /// Median time without a server.
  public internal(set) var seconds = 0.0
  /// The most memory of a rank by then, program and all.
  public internal(set) var peakBytes: Int64 = 0
  /// Median time with a server.
  public internal(set) var serverSeconds = 0.0
  /// The most memory of a rank, which is the server.
  public internal(set) var serverPeakBytes: Int64 = 0

  init(ranks: Int, bytes: Int) { (self.ranks, self.bytes) = (ranks, bytes) }

  /// How much longer the server takes.
  public var ratio: Double { serverSeconds / seconds }

  /// One JSON object.
  public var json: String {
    "{\"ranks\":\(ranks),\"bytes\":\(bytes),\"seconds\":\(seconds),\"peakBytes\":\(peakBytes)"
      + ",\"serverSeconds\":\(serverSeconds),\"serverPeakBytes\":\(serverPeakBytes)"
      + String(format: ",\"ratio\":%.3f}", ratio)
  }

  /// The same for people.
  public var table: String {
    func row(_ name: String, _ seconds: Double, _ peak: Int64, _ end: String) -> String {
      let name = name.padding(toLength: 14, withPad: " ", startingAt: 0)
      return name
        + String(
          format: "%8.3f s   %7.0f MB a rank at most, %4.2f copies", seconds, Double(peak) / 1e6,
          Double(peak) / Double(max(1, bytes))) + end
    }
    return [
      "\(ranks) \(ranks == 1 ? "rank" : "ranks"), updates of "
        + String(format: "%.1f MB", Double(bytes) / 1e6),
      row("in place", seconds, peakBytes, ""),
      row(
        "by a server", serverSeconds, serverPeakBytes, String(format: "   %.2f x as long", ratio)),
    ].joined(separator: "\n")
  }
}
