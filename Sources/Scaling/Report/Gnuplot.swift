import Foundation

/// Pictures by gnuplot, as SVG to be put into a page.
package struct Gnuplot {
  /// One line or one set of boxes.
  struct Curve {
    /// What the legend says.
    var title: String
    /// x, y, and the ends of y's spread.
    var points: [(x: Double, y: Double, low: Double, high: Double)]
    var isDashed = false
    /// Whether there is neither a marker nor a spread.
    var isLine = false

    init(
      _ title: String, _ points: [(Double, Double)], isDashed: Bool = false, isLine: Bool = false
    ) {
      self.title = title
      self.points = points.map { ($0.0, $0.1, $0.1, $0.1) }
      self.isDashed = isDashed
      self.isLine = isLine
    }

    init(_ title: String, _ points: [(Double, Estimate)]) {
      self.title = title
      self.points = points.map { ($0.0, $0.1.median, $0.1.low, $0.1.high) }
    }
  }

  /// The colours of curves and of parts of bars, told apart also by the colour-blind (Okabe and Ito).
  static let colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555"]

  private let run: (_ script: String) throws -> String

  /// - Parameter run: gets a script and returns what gnuplot draws; gnuplot itself by default.
  package init(run: @escaping (_ script: String) throws -> String = Gnuplot.draw) { self.run = run }

  /// Lines over the number of ranks.
  func lines(
    _ curves: [Curve], name: String, x: String, y: String, ticks: [Double], isLogarithmic: Bool,
    yRange: String = "[0:*]", yLogarithm: Int? = nil, legend: String = "left top"
  ) throws -> String {
    var script = Self.header(name)
    script += "set xlabel '\(Self.text(x))'\nset ylabel '\(Self.text(y))'\n"
    script += "set key \(legend)\n"
    if isLogarithmic { script += "set logscale x 2\n" }
    if let yLogarithm {
      script += "set logscale y \(yLogarithm)\n"
    } else {
      script += "set yrange \(yRange)\n"
    }
    script += "set xtics (\(ticks.map { "'\(Self.tick($0))' \($0)" }.joined(separator: ", ")))\n"
    if let first = ticks.first, let last = ticks.last {
      // A little room on both sides.
      script +=
        isLogarithmic
        ? "set xrange [\(first / 1.2):\(last * 1.2)]\n"
        : "set xrange [\(first - 0.05 * max(1, last - first)):\(last + 0.05 * max(1, last - first))]\n"
    }
    var plots: [String] = []
    for (index, curve) in curves.enumerated() {
      script += "$data\(index) << END\n"
      for point in curve.points { script += "\(point.x) \(point.y) \(point.low) \(point.high)\n" }
      script += "END\n"
      let color = curve.isLine ? "#999999" : Self.colors[index % Self.colors.count]
      let dash = curve.isDashed || curve.isLine ? " dashtype 2" : ""
      let style = "lw 2 lc rgb '\(color)'\(dash) title '\(Self.text(curve.title))'"
      if curve.isLine {
        plots.append("$data\(index) using 1:2 with lines \(style)")
      } else if curve.points.contains(where: { $0.low != $0.high }) {
        plots.append("$data\(index) using 1:2 with lines lw 2 lc rgb '\(color)'\(dash) notitle")
        plots.append("$data\(index) using 1:2:3:4 with yerrorbars pt 7 ps 0.6 \(style)")
      } else {
        plots.append("$data\(index) using 1:2 with linespoints pt 7 ps 0.6 \(style)")
      }
    }
    return Self.inline(try run(script + "plot " + plots.joined(separator: ", \\\n  ") + "\n"))
  }

  /// Bars of parts on top of each other, one bar a label.
  func bars(
    labels: [String], parts: [(title: String, values: [Double])], name: String, x: String,
    y: String
  ) throws -> String {
    var script = Self.header(name)
    script += "set xlabel '\(Self.text(x))'\nset ylabel '\(Self.text(y))'\nset yrange [0:*]\n"
    script += "set style data histograms\nset style histogram rowstacked\n"
    script += "set style fill solid 0.9 noborder\nset boxwidth 0.6\n"
    script += "set key above horizontal maxcols 3 maxrows 2 samplen 1 reverse Left\n$data << END\n"
    for (row, label) in labels.enumerated() {
      let values = parts.map { "\($0.values[row])" }.joined(separator: " ")
      script += "\"\(Self.text(label))\" \(values)\n"
    }
    script += "END\n"
    let plots = parts.enumerated().map { index, part in
      "$data using \(index + 2)\(index == 0 ? ":xtic(1)" : "") lc rgb '\(Self.colors[index % Self.colors.count])' title '\(Self.text(part.title))'"
    }
    return Self.inline(try run(script + "plot " + plots.joined(separator: ", \\\n  ") + "\n"))
  }

  // MARK: - gnuplot

  private static func header(_ name: String) -> String {
    """
    set terminal svg size 440,330 dynamic font 'sans-serif,13' name '\(name)' background '#ffffff'
    set border 3 lc rgb '#444444'
    set tics nomirror textcolor rgb '#222222'
    set grid lc rgb '#dddddd' lw 1
    set lmargin 9
    set encoding utf8

    """
  }

  /// A number of ranks or bytes at an axis.
  private static func tick(_ value: Double) -> String {
    switch value {
    case ..<4096: String(format: "%.0f", value)
    case 1_048_576...: String(format: "%.3g Mi", value / 1_048_576)
    default: String(format: "%.3g Ki", value / 1024)
    }
  }

  /// A text that gnuplot takes as it is: without its own marks.
  private static func text(_ text: String) -> String {
    text.replacingOccurrences(of: "'", with: "''").replacingOccurrences(of: "\"", with: "")
      .replacingOccurrences(of: "_", with: "\\_").replacingOccurrences(of: "\n", with: " ")
  }

  /// The picture without the lines that make it a file.
  private static func inline(_ svg: String) -> String {
    svg.range(of: "<svg").map { String(svg[$0.lowerBound...]) } ?? ""
  }

  /// Runs gnuplot on a script.
  ///
  /// - Throws: `ScalingError` if there is no gnuplot, or it does not take the script.
  package static func draw(_ script: String) throws -> String {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("trireme-\(UUID().uuidString).gp")
    do {
      try script.write(to: file, atomically: true, encoding: .utf8)
    } catch {
      throw ScalingError.unreadable("\(file.path): cannot be written (\(error))")
    }
    defer { try? FileManager.default.removeItem(at: file) }
    let run = try ChildRun.run(["gnuplot", file.path])
    guard run.exitCode == 0, run.output.contains("</svg>") else {
      throw ScalingError.refused(
        run.exitCode == 127
          ? "gnuplot is missing: apt-get install gnuplot-nox" : "gnuplot: \(run.errors)")
    }
    return run.output
  }
}
