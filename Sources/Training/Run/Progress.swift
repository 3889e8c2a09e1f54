import Foundation

/// The state of an epoch as a bar on a terminal, as plain lines elsewhere.
struct Progress {
  private let epochs: Int?
  private let isTerminal: Bool
  private var lastDrawn = Date.distantPast

  /// - Parameter epochs: All epochs of the job, if it has an end.
  init(epochs: Int?, isTerminal: Bool = Console.isTerminal) {
    self.epochs = epochs
    self.isTerminal = isTerminal
  }

  /// Shows a step; at most ten times a second, and not at all off a terminal.
  mutating func step(epoch: Int, step: Int, of steps: Int, loss: Double, samplesPerSecond: Double) {
    guard isTerminal, Date().timeIntervalSince(lastDrawn) > 0.1 || step == steps else { return }
    lastDrawn = Date()
    let width = 24
    let filled = steps == 0 ? width : width * step / steps
    let bar =
      String(repeating: "━", count: filled) + String(repeating: "╌", count: width - filled)
    Console.redraw(
      "\(name(epoch))  \(bar) \(step)/\(steps)  loss \(Console.short(loss))"
        + String(format: "  %.0f samples/s", samplesPerSecond))
  }

  /// Ends an epoch with one line.
  func epoch(
    _ epoch: Int, loss: Double, accuracy: Double?, test: Evaluation?, samplesPerSecond: Double
  ) {
    var line = "\(name(epoch))  loss \(Console.short(loss))"
    if let accuracy { line += String(format: "  accuracy %.4f", accuracy) }
    if let test { line += "  test \(test)" }
    Console.print(line + String(format: "  %.0f samples/s", samplesPerSecond))
  }

  /// The number of an epoch counted from 1, as wide as the last one's.
  private func name(_ epoch: Int) -> String {
    guard let epochs else { return "epoch \(epoch + 1)" }
    return String(format: "epoch %*d/%d", "\(epochs)".count, epoch + 1, epochs)
  }
}
