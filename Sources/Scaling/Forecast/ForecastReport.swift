import Foundation

/// The page of a plan: `report.html`, which needs nothing but itself.
public struct ForecastReport {
  private let forecasts: [Forecast]
  private let others: [Prediction]

  /// - Parameter others: curves to stand beside, such as what a simulated cluster took.
  public init(_ forecasts: [Forecast], beside others: [Prediction] = []) {
    self.forecasts = forecasts
    self.others = others
  }

  /// The page. Runs gnuplot; without it the page says that pictures are missing.
  public func html() -> String {
    var page = Page(title: "Plan for \(forecasts.first?.job ?? "a job")")
    page.blocks = [
      .paragraph(
        "Predicted by replaying a step message by message; efficiency is against one rank alone.")
    ]
    let figures = ScalingFigures(Gnuplot())
    do {
      let curves = forecasts.map(\.prediction) + others
      page.sections.append(("Curves", [.figures(try figures.predictions(curves))]))
    } catch {
      page.sections.append(("Curves", [.paragraph("No pictures: \(error).")]))
    }
    for forecast in forecasts {
      page.sections.append(
        (
          "\(forecast.network), \(forecast.mode.rawValue) scaling",
          [.table(Self.cells(forecast)), .list(forecast.answers)]
        ))
    }
    return page.html
  }

  private static func cells(_ forecast: Forecast) -> [[String]] {
    [["ranks", "samples a rank", "step", "samples/s", "efficiency", "exposed", "hidden", "limit"]]
      + forecast.rows.map { row in
        [
          "\(row.ranks)", "\(row.samplesPerRank)", Numbers.time(row.step),
          String(format: "%.0f", row.samplesPerSecond), Numbers.percent(row.efficiency),
          Numbers.time(row.exposed), Numbers.time(row.hidden), row.limit,
        ]
      }
  }
}
