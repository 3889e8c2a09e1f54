/// The pictures of a report.
struct ScalingFigures {
  typealias Figure = (svg: String, caption: String)

  private let gnuplot: Gnuplot

  init(_ gnuplot: Gnuplot) { self.gnuplot = gnuplot }

  /// Speed-up with the ideal line, efficiency with predictions beside it, and the parts of a step.
  func figures(
    of series: ScalingResults.Series, _ predictions: [Prediction]
  ) throws -> [Figure] {
    let name = series.mode.rawValue
    let points = series.points
    let ranks = points.map { Double($0.ranks) }
    let base = ranks.first ?? 1
    let isLogarithmic = ranks.count > 2 && (ranks.last ?? 1) / base >= 4
    let speedUp = try gnuplot.lines(
      [
        .init("ideal", ranks.map { ($0, $0 / base) }, isLine: true),
        .init("measured", points.map { (Double($0.ranks), $0.speedUp) }),
      ], name: "\(name)_speedup", x: "ranks", y: "speed-up in samples/s", ticks: ranks,
      isLogarithmic: isLogarithmic, yLogarithm: isLogarithmic ? 2 : nil)
    let reach = ranks.last ?? 1
    let ofSum: [(String, KeyPath<Point, Estimate?>)] = [
      ("of the same ranks, sum off", \.synchronizationEfficiency),
      ("of the last rank, sum off", \.lastEfficiency),
    ]
    var curves = [
      Gnuplot.Curve("ideal", ranks.map { ($0, 1) }, isLine: true),
      .init(
        series.points.contains { $0.efficiency == nil } ? "measured (shape only)" : "measured",
        points.map { (Double($0.ranks), $0.ratio) }),
    ]
    for (title, value) in ofSum {
      let found = points.compactMap { point in
        point[keyPath: value].map { (Double(point.ranks), $0) }
      }
      if !found.isEmpty { curves.append(.init(title, found)) }
    }
    for prediction in predictions {
      let seen = prediction.points.filter { Double($0.ranks) <= reach }
      curves.append(
        .init(prediction.name, seen.map { (Double($0.ranks), $0.efficiency) }, isDashed: true))
    }
    let efficiency = try gnuplot.lines(
      curves, name: "\(name)_efficiency", x: "ranks", y: "efficiency", ticks: ranks,
      isLogarithmic: isLogarithmic, yRange: "[0:1.15]", legend: "left bottom")
    let parts: [(String, (Point.Split) -> Double)] = [
      ("compute", { $0.compute }), ("exposed comm.", { $0.exposed }),
      ("imbalance", { $0.imbalance }), ("input", { $0.input }), ("checkpoint", { $0.checkpoint }),
    ]
    let bars = try gnuplot.bars(
      labels: points.map { "\($0.ranks)" },
      parts: parts.map { title, value in
        (title, points.map { value($0.split) / 1e3 })
      }, name: "\(name)_split", x: "ranks", y: "ms of a step")
    return [
      (
        speedUp, "Speed-up against the smallest number of ranks; bars span the quartiles of rounds."
      ),
      (efficiency, "Efficiency; 1 is ideal."),
      (bars, "What the time of a step goes into."),
    ]
  }

  /// All-reduces by size on each number of ranks.
  func bandwidth(_ all: [ScalingResults.Bandwidth]) throws -> [Figure] {
    try all.map { bandwidth in
      let isLocal = bandwidth.hosts == 1
      let names = bandwidth.rows.reduce(into: [String]()) { names, row in
        if !names.contains(row.algorithm) { names.append(row.algorithm) }
      }
      let sizes = Set(bandwidth.rows.map(\.bytes)).sorted().map(Double.init)
      let limit = isLocal ? bandwidth.rooflineGBps : bandwidth.networkGBps
      var curves: [Gnuplot.Curve] = []
      if let limit {
        curves.append(
          .init(isLocal ? "roofline of memory" : "network", sizes.map { ($0, limit) }, isLine: true)
        )
      }
      for name in names {
        curves.append(
          .init(
            name,
            bandwidth.rows.filter { $0.algorithm == name }.map {
              (Double($0.bytes), isLocal ? $0.memoryGBps : $0.busGBps)
            }))
      }
      let svg = try gnuplot.lines(
        curves, name: "bandwidth_\(bandwidth.ranks)", x: "bytes of a buffer",
        y: isLocal ? "memory GB/s" : "bus GB/s", ticks: Self.ticks(sizes), isLogarithmic: true,
        yLogarithm: 10, legend: "right bottom")
      return (svg, "All-reduce on \(bandwidth.ranks) ranks by size.")
    }
  }

  /// Of the sizes those that are far enough from each other to be named.
  private static func ticks(_ sizes: [Double]) -> [Double] {
    sizes.reduce(into: []) { ticks, size in
      if ticks.last.map({ size / $0 >= 3 }) ?? true { ticks.append(size) }
    }
  }

  /// Predicted efficiency and step time, for a page without measurements.
  func predictions(_ all: [Prediction]) throws -> [Figure] {
    let ranks = Set(all.flatMap { $0.points.map { Double($0.ranks) } }).sorted()
    func curves(_ value: (Prediction.Point) -> Double) -> [Gnuplot.Curve] {
      all.map { .init($0.name, $0.points.map { (Double($0.ranks), value($0)) }, isDashed: true) }
    }
    return [
      (
        try gnuplot.lines(
          [.init("ideal", ranks.map { ($0, 1) }, isLine: true)] + curves(\.efficiency),
          name: "predicted_efficiency", x: "ranks", y: "efficiency", ticks: ranks,
          isLogarithmic: true, yRange: "[0:1.15]", legend: "left bottom"),
        "Predicted efficiency; 1 is ideal."
      ),
      (
        try gnuplot.lines(
          curves { $0.stepSeconds * 1e3 }, name: "predicted_step", x: "ranks", y: "ms of a step",
          ticks: ranks, isLogarithmic: true, yLogarithm: 10),
        "Predicted time of a step."
      ),
    ]
  }
}
