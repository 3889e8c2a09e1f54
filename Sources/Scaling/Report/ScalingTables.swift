/// The columns of a report: what stands in the terminal and in the page.
struct ScalingTables {
  let results: ScalingResults

  /// The title of a series.
  func title(_ series: ScalingResults.Series) -> String {
    let batch = series.points.first?.globalBatch ?? 0
    switch series.mode {
    case .strong: return "Strong scaling: \(batch) samples a step, however many ranks"
    case .weak:
      let ranks = series.points.first?.ranks ?? 1
      return
        "Weak scaling: \(batch) samples a step for each \(ranks == 1 ? "rank" : "\(ranks) ranks")"
    }
  }

  /// Whether any run had more threads than cores.
  private func ratioName(_ series: ScalingResults.Series) -> String {
    series.points.contains { $0.efficiency == nil } ? "efficiency or shape" : "efficiency"
  }

  /// How fast: the first row names the columns.
  func speed(_ series: ScalingResults.Series) -> [[String]] {
    [
      [
        "ranks", "hosts", "batch", "step", "samples/s", "speed-up", ratioName(series),
        "of the same ranks, sum off", "of the last rank, sum off",
      ]
    ]
      + series.points.map { point in
        [
          "\(point.ranks)", "\(point.hosts)", "\(point.globalBatch)",
          Numbers.time(point.stepMicroseconds.median), Numbers.short(point.samplesPerSecond.median),
          Numbers.short(point.speedUp.median),
          point.efficiency.map(Numbers.percent) ?? "shape only: \(Numbers.percent(point.ratio))",
          point.synchronizationEfficiency.map(Numbers.percent) ?? "",
          point.lastEfficiency.map(Numbers.percent) ?? "",
        ]
      }
  }

  /// What a step goes into.
  func split(_ series: ScalingResults.Series) -> [[String]] {
    [
      [
        "ranks", "compute", "exposed comm.", "imbalance", "input", "checkpoint", "hidden comm.",
        "summed", "sent", "of roofline", "J a step",
      ]
    ]
      + series.points.map { point in
        let split = point.split
        func part(_ microseconds: Double) -> String {
          "\(Numbers.time(microseconds)) (\(Int((100 * microseconds / split.total).rounded())) %)"
        }
        return [
          "\(point.ranks)", part(split.compute), part(split.exposed), part(split.imbalance),
          part(split.input), part(split.checkpoint), Numbers.time(split.hidden),
          point.ranks == 1 ? "" : Numbers.bytes(point.gradientBytes),
          point.sentBytes.map(Numbers.bytes) ?? "in MPI",
          point.rooflineShare.map(Numbers.percent) ?? "",
          point.joules.map(Numbers.short) ?? "not told",
        ]
      }
  }

  /// The tables for a terminal.
  var text: String {
    var parts: [String] = []
    for series in results.series {
      parts.append(title(series) + "; medians of \(results.rounds) rounds (quartiles)")
      for rows in [speed(series), split(series)] {
        var table = TextTable(rows[0])
        for row in rows.dropFirst() { table.add(row) }
        parts.append(table.text)
      }
      parts.append(Explanation(series).sentences.map { "- " + $0 }.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n")
  }
}

extension ScalingResults {
  /// The results as tables for a terminal, with what they mean.
  public var table: String { ScalingTables(results: self).text }
}

extension Comparison {
  /// The comparison as rows; the first names the columns.
  var cells: [[String]] {
    [["", "ranks", "", "then", "now", "change", "chance", ""]]
      + rows.map { row in
        let isShare = row.quantity == "efficiency"
        return [
          row.mode.rawValue, "\(row.ranks)", row.quantity,
          isShare ? Numbers.percent(row.before) : Numbers.short(row.before),
          isShare ? Numbers.percent(row.now) : Numbers.short(row.now),
          Numbers.percent(row.change), Numbers.short(row.chance), row.isLoss ? "LOSS" : "",
        ]
      }
  }

  /// The comparison for a terminal.
  public var table: String {
    var table = TextTable(cells[0])
    for row in cells.dropFirst() { table.add(row) }
    return (rows.isEmpty ? [] : [table.text]).joined()
      + notes.map { "\nnote: \($0)" }.joined()
  }
}
