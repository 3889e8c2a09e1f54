import Foundation

/// How much of a known amount is done, as a bar on a terminal; nothing elsewhere.
struct ShareProgress {
  private let name: String
  private let total: Int
  private let isShown: Bool
  private var done = 0
  private var lastDrawn = Date.distantPast

  init(_ name: String, of total: Int, isShown: Bool) {
    (self.name, self.total) = (name, total)
    self.isShown = isShown && Console.isTerminal
  }

  /// Counts `amount` more; draws at most ten times a second.
  mutating func add(_ amount: Int) {
    done += amount
    guard isShown, Date().timeIntervalSince(lastDrawn) > 0.1 else { return }
    lastDrawn = Date()
    let width = 24
    let filled = total == 0 ? width : width * done / total
    Console.redraw(
      "\(name)  " + String(repeating: "━", count: filled)
        + String(repeating: "╌", count: width - filled) + "  \(done)/\(total) samples")
  }
}
