import Foundation
import MPI
import Parallelism

extension Trainer {
  /// Ranks tell each other what their epoch went into; the root notes the slowest in the log, and prints
  /// them if asked, or a line if one holds the others up by a tenth. Collective.
  ///
  /// Of an epoch below a second nothing is told unless asked: it is noise, and soon over. Otherwise
  /// one gathering of 32 bytes a rank, and three exchanges of 64 KiB with each of up to three others:
  /// some milliseconds an epoch on a slow network, microseconds in memory.
  func reportRanks(epoch: Int) throws {
    guard world.size > 1 else { return }
    defer { rankTimes = RankTimes() }
    let elapsed = try world.allReduce(rankTimes.own + rankTimes.wait, .maximum)
    guard elapsed > 1 || showsRanks else { return }
    rankTimes.link = try linkSeconds()
    let numbers = try world.allGather(rankTimes.numbers)
    guard world.isRoot else { return }
    let all = (0..<world.size).map { RankTimes(numbers: numbers[4 * $0..<4 * $0 + 4]) }
    let slowest = Stragglers(all)
    for row in slowest.rows {
      log?.write(
        "straggler",
        [
          "epoch": .integer(epoch), "rank": .integer(row.rank), "host": .text(hosts[row.rank]),
          "reason": .text(row.reason.rawValue), "excessSeconds": .number(row.excess),
          "epochSeconds": .number(slowest.seconds), "computeSeconds": .number(row.times.compute),
          "inputSeconds": .number(row.times.input), "waitSeconds": .number(row.times.wait),
          "linkMicroseconds": .number(row.times.link * 1e6),
        ])
    }
    if showsRanks {
      Console.print(slowest.table(hosts: hosts))
    } else if let worst = slowest.rows.first, worst.excess > 0.1 * slowest.seconds {
      Console.error(slowest.line(worst, hosts: hosts))
    }
  }

  /// The seconds of the fastest exchange with ranks r xor 1, r xor 2, r xor 4, of those that there are:
  /// a rank whose link is slow is slow to all, others to it alone. Collective.
  private func linkSeconds() throws -> Double {
    let sent = [UInt8](repeating: 0, count: 64 << 10)
    var received = sent
    var best = Double.infinity
    try world.barrier()
    for hop in [1, 2, 4] {
      let peer = world.rank ^ hop
      guard peer < world.size else { continue }
      for _ in 0..<3 {
        let start = wallClock()
        try world.sendReceive(sent, to: peer, into: &received, from: peer)
        best = min(best, wallClock() - start)
      }
    }
    return best.isFinite ? best : 0
  }
}

extension Stragglers {
  /// A table for people.
  func table(hosts: [String]) -> String {
    guard !rows.isEmpty else {
      return "  ranks: none holds the others up by more than \(Int(100 * Self.noticeable)) %"
    }
    let width = max(4, rows.map { hosts[$0.rank].count }.max() ?? 4)
    var lines = [
      "  rank  " + "host".padding(toLength: width, withPad: " ", startingAt: 0)
        + "  reason   behind s  compute s   input s    wait s   link us"
    ]
    for row in rows {
      lines.append(
        String(format: "  %4d  ", row.rank)
          + hosts[row.rank].padding(toLength: width, withPad: " ", startingAt: 0)
          + "  " + row.reason.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)
          + String(
            format: "  %8.3f   %8.3f  %8.3f  %8.3f  %8.1f", row.excess, row.times.compute,
            row.times.input, row.times.wait, 1e6 * row.times.link))
    }
    return lines.joined(separator: "\n")
  }

  /// One line on the slowest.
  func line(_ worst: Row, hosts: [String]) -> String {
    String(
      format: "  rank %d on %@ holds the others up: %.1f of %.1f s, by its %@", worst.rank,
      hosts[worst.rank], worst.excess, seconds, worst.reason.rawValue)
  }
}
