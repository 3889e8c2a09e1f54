import Foundation

/// Numbers as tables and pages show them.
enum Numbers {
  /// `97.3 %`.
  static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

  /// `97.3 % (96.8 - 97.9)`: the median and the quartiles.
  static func percent(_ share: Estimate) -> String {
    share.runs.count < 2
      ? percent(share.median)
      : String(
        format: "%.1f %% (%.1f - %.1f)", 100 * share.median, 100 * share.low, 100 * share.high)
  }

  /// Microseconds in the unit in which people read them.
  static func time(_ microseconds: Double) -> String {
    switch microseconds {
    case ..<1: String(format: "%.2f us", microseconds)
    case ..<1e3: String(format: "%.1f us", microseconds)
    case ..<1e6: String(format: "%.2f ms", microseconds / 1e3)
    default: String(format: "%.2f s", microseconds / 1e6)
    }
  }

  static func bytes(_ count: Int) -> String {
    switch count {
    case ..<1000: "\(count) B"
    case ..<1_000_000: String(format: "%.1f kB", Double(count) / 1e3)
    case ..<1_000_000_000: String(format: "%.1f MB", Double(count) / 1e6)
    default: String(format: "%.2f GB", Double(count) / 1e9)
    }
  }

  /// Three or four digits that count.
  static func short(_ value: Double) -> String {
    abs(value) >= 1000
      ? String(format: "%.0f", value) : String(format: abs(value) >= 100 ? "%.1f" : "%.2f", value)
  }
}
