internal import Foundation

/// What ``AllReduceBenchmark`` measured.
public struct AllReduceReport: Codable, Sendable {
  /// One algorithm at one size.
  public struct Row: Codable, Sendable {
    /// The algorithm's name in job files.
    public let algorithm: String
    /// Bytes of each rank's buffer: N.
    public let bytes: Int
    /// Median time of a call.
    public let microseconds: Double
    /// N over time.
    public let algorithmGBps: Double
    /// 2 (P - 1) / P x N over time: what a link would carry in the best algorithm of messages.
    public let busGBps: Double
    /// 2 P N over time: what memory carries in the best algorithm of shared memory; to be held
    /// against the roofline.
    public let memoryGBps: Double

    init(algorithm: String, bytes: Int, seconds: Double, ranks: Int) {
      self.algorithm = algorithm
      self.bytes = bytes
      microseconds = seconds * 1e6
      let rate = Double(bytes) / seconds / 1e9
      algorithmGBps = rate
      busGBps = rate * Double(2 * (ranks - 1)) / Double(ranks)
      memoryGBps = rate * Double(2 * ranks)
    }
  }

  /// The number of ranks: P.
  public let ranks: Int
  /// All measurements, by size.
  public let rows: [Row]
  /// What memory carries when all ranks stream `b[i] += a[i]` at the largest size: bytes read and
  /// written by all ranks over time.
  public let rooflineGBps: Double

  /// One JSON object.
  public var json: String {
    let rows = rows.map { row in
      "{\"algorithm\":\"\(row.algorithm)\",\"bytes\":\(row.bytes)"
        + ",\"microseconds\":\(Self.short(row.microseconds))"
        + ",\"algorithmGBps\":\(Self.short(row.algorithmGBps))"
        + ",\"busGBps\":\(Self.short(row.busGBps))"
        + ",\"memoryGBps\":\(Self.short(row.memoryGBps))}"
    }
    return "{\"ranks\":\(ranks),\"rows\":[\(rows.joined(separator: ","))]"
      + ",\"rooflineGBps\":\(Self.short(rooflineGBps))}"
  }

  /// The same for people, with each algorithm's speed against MPI's own.
  public var table: String {
    var lines = [
      "\(ranks) ranks; roofline \(Self.short(rooflineGBps)) GB/s (b[i] += a[i] on all ranks)", "",
      "     bytes  algorithm              us     GB/s  bus GB/s  memory GB/s  x native",
    ]
    for row in rows {
      let native = rows.first { $0.bytes == row.bytes && $0.algorithm == "native" }
      let ratio = native.map { String(format: "%8.2f", $0.microseconds / row.microseconds) } ?? ""
      let name = row.algorithm.padding(toLength: 14, withPad: " ", startingAt: 0)
      lines.append(
        String(format: "%10d  ", row.bytes) + name
          + String(
            format: "%11.2f %8.3f  %8.3f     %8.3f  ", row.microseconds, row.algorithmGBps,
            row.busGBps, row.memoryGBps) + ratio)
    }
    return lines.joined(separator: "\n")
  }

  private static func short(_ value: Double) -> String { String(format: "%.3f", value) }
}
