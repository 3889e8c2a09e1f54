import Foundation

/// The page of a scaling test: `report.html`.
public struct ScalingReport {
  private let results: ScalingResults
  private let comparison: Comparison?
  private let verdict: ScalingVerdict

  /// - Parameters:
  ///   - comparison: with an earlier test, to stand below.
  public init(
    _ results: ScalingResults, verdict: ScalingVerdict, comparison: Comparison? = nil
  ) {
    (self.results, self.verdict, self.comparison) = (results, verdict, comparison)
  }

  /// The page. Runs gnuplot; without it the page says that pictures are missing.
  public func html() -> String { html(Gnuplot()) }

  package func html(_ gnuplot: Gnuplot) -> String {
    let figures = ScalingFigures(gnuplot)
    let tables = ScalingTables(results: results)
    var page = Page(title: "Scaling of \(results.job)")
    page.blocks = [.paragraph(place)]
    page.blocks += verdict.lines.map { .verdict($0.text, isGood: $0.isGood) }
    for series in results.series {
      page.sections.append(
        (
          tables.title(series),
          [
            .list(Explanation(series).sentences), .table(tables.speed(series)),
            pictures { try figures.figures(of: series, results.predictions) },
            .table(tables.split(series)),
          ]
        ))
    }
    if !results.bandwidths.isEmpty {
      page.sections.append(
        (
          "All-reduce by size",
          [
            .paragraph(
              "Each buffer is written before each call, as a training does. On one host the limit is memory: what all ranks stream together. Between hosts it is what a message reaches."
            ), pictures { try figures.bandwidth(results.bandwidths) },
          ]
        ))
    }
    if !results.predictions.isEmpty {
      page.sections.append(
        ("Predictions", [pictures { try figures.predictions(results.predictions) }]))
    }
    if let comparison {
      page.sections.append(
        ("Against the baseline", [.list(comparison.notes), .table(comparison.cells)]))
    }
    page.sections.append(("How it was measured", [.list(method)]))
    return page.html
  }

  private func pictures(_ body: () throws -> [ScalingFigures.Figure]) -> Page.Block {
    do {
      return .figures(try body())
    } catch {
      return .paragraph("No pictures: \(error).")
    }
  }

  private var place: String {
    let machine = results.machine
    let hosts = machine.hosts == 1 ? "one host" : "\(machine.hosts) hosts"
    let threads = results.threads == 1 ? "one thread" : "\(results.threads) threads"
    return
      "\(results.date.formatted(.iso8601)), \(machine.processor), \(machine.cores) cores, \(hosts), \(threads) a rank, \(results.rounds) rounds."
  }

  private var method: [String] {
    [
      "Ranks were started by: \(results.launcher).",
      "Each run is a process group of its own. A round takes every number of ranks once; every other round goes backwards. A first round and the first steps of each run are thrown away.",
      "Times are medians over steps and rounds; brackets are the quartiles of rounds. Speed-up and efficiency are taken round by round.",
      "In each run, steps with and without the sum over ranks alternate. The last two columns of the first table are a step without the sum over one with it; cores that share memory slow down both kinds alike. Of the same ranks: each rank's own steps, in the mean of the ranks. What is missing to 100 % is communication, and waiting for ranks that are slower by themselves. Of the last rank: a step lasts until its last rank has ended it. A rank that is slower by itself is the last in both kinds, so that what is missing is what the sum costs the job.",
      "Hidden communication goes on while the step computes, and is no part of its time. Where a rank's core also moves the sums on, what that takes counts as exposed.",
      results.isShapeOnly
        ? "Some runs had more threads than cores: their ratios are a shape, and no efficiency."
        : "Each thread had a core of its own.",
    ]
  }
}
