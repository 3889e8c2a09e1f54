import Foundation

extension Forecast {
  /// For people.
  public var text: String {
    var lines = [
      "\(job) on \(network), \(mode.rawValue) scaling (\(meaning))", "",
      "  ranks  samples/rank    step ms     samples/s  efficiency  compute  exposed   hidden  stragglers  limit",
    ]
    for row in rows {
      lines.append(
        String(
          format: "%7d  %12d %10.3f  %12.0f      %5.1f %%  %6.1f%%  %6.1f%%  %6.1f%%     %6.1f%%  ",
          row.ranks, row.samplesPerRank, row.step / 1e3, row.samplesPerSecond,
          100 * row.efficiency, 100 * row.compute / row.step, 100 * row.exposed / row.step,
          100 * row.hidden / row.step, 100 * row.stragglers / row.step) + row.limit)
    }
    return (lines + [""] + answers).joined(separator: "\n")
  }

  /// What follows from the rows, a sentence each.
  var answers: [String] {
    [
      "at least 90 % efficient: \(Self.most(ranksAt90, isOpenAt90)); 80 %: \(Self.most(ranksAt80, isOpenAt80))",
      "memory of a rank: "
        + String(
          format: "%.1f MB (parameters %.1f, optimizer %.1f, gradients %.1f, activations %.1f)",
          Double(memory.parameters + memory.optimizer + memory.gradients + memory.activations)
            / 1e6, Double(memory.parameters) / 1e6, Double(memory.optimizer) / 1e6,
          Double(memory.gradients) / 1e6, Double(memory.activations) / 1e6),
      "at \(advice.ranks) ranks, one setting changed at a time, ms of a step:",
      "parallel.allReduce: \(Self.list(advice.algorithms))",
      "parallel.bucketMegabytes: \(Self.list(advice.bucketMegabytes))",
      "parallel.compression: \(Self.list(advice.compressions))",
      "samples a rank: \(Self.samples(advice))",
    ]
  }

  /// One JSON object.
  public var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  private var meaning: String {
    mode == .weak ? "the batch of a rank stays" : "the batch of all ranks stays"
  }

  private static func most(_ ranks: Int?, _ isOpen: Bool) -> String {
    guard let ranks else { return "none of these" }
    return isOpen ? "\(ranks) ranks and perhaps more" : "up to \(ranks) ranks"
  }

  private static func list(_ choices: [Choice]) -> String {
    choices.prefix(5).map { String(format: "%@ %.3f", $0.value, $0.step / 1e3) }
      .joined(separator: "  ")
  }

  private static func samples(_ advice: Advice) -> String {
    func text(_ samples: Int?) -> String {
      samples.map { "\($0)" } ?? "more than 64 times the job's"
    }
    return
      "\(text(advice.samplesFor90)) for 90 %, \(text(advice.samplesFor80)) for 80 % (batch grows with ranks)"
  }
}
