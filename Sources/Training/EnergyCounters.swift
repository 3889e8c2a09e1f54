import Foundation

/// The energy counters of a host's processor packages: RAPL, as Linux shows it.
///
/// Source: Documentation/power/powercap/powercap.rst of Linux. Readable by root only since 5.10; most
/// virtual machines have none.
package struct EnergyCounters {
  /// A counter and where it begins anew, in microjoules.
  private let counters: [(file: String, range: Double)]

  /// The counters of this host; nil if there are none that may be read.
  package static var here: EnergyCounters? { EnergyCounters(folder: "/sys/class/powercap") }

  package init?(folder: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    // intel-rapl:0 is a package, intel-rapl:0:1 a part of it.
    counters = names.filter { $0.hasPrefix("intel-rapl:") && $0.split(separator: ":").count == 2 }
      .sorted().compactMap { name in
        let file = "\(folder)/\(name)/energy_uj"
        guard Self.number(in: file) != nil else { return nil }
        return (file, Self.number(in: "\(folder)/\(name)/max_energy_range_uj") ?? 0)
      }
    if counters.isEmpty { return nil }
  }

  /// The counters, in microjoules.
  package func read() -> [Double] { counters.map { Self.number(in: $0.file) ?? 0 } }

  /// Joules since the counters were read, which must be less than a turn ago (about an hour).
  package func joules(since start: [Double]) -> Double {
    zip(zip(start, read()), counters).reduce(0) { sum, pair in
      let ((before, now), counter) = pair
      return sum + (now >= before ? now - before : now - before + counter.range) / 1e6
    }
  }

  private static func number(in file: String) -> Double? {
    (try? String(contentsOfFile: file, encoding: .utf8)).flatMap {
      Double($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
  }
}
