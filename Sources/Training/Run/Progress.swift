import Foundation

/// The state of an epoch as a bar on a terminal, as plain lines elsewhere.
struct Progress {
  private let epochs: Int
  private let isTerminal: Bool
  private var lastDrawn = Date.distantPast

  init(epochs: Int, isTerminal: Bool = Console.isTerminal) {
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
      String(
        format: "epoch %d/%d %@ %d/%d  loss %.4f  %.0f samples/s", epoch + 1, epochs, bar, step,
        steps, loss, samplesPerSecond))
  }

  /// Ends an epoch with one line.
  func epoch(
    _ epoch: Int, loss: Double, accuracy: Double?, test: Evaluation?, samplesPerSecond: Double
  ) {
    if isTerminal { Console.clearLine() }
    var line = String(format: "epoch %*d/%d  loss %.4f", "\(epochs)".count, epoch + 1, epochs, loss)
    if let accuracy { line += String(format: "  accuracy %.4f", accuracy) }
    if let test {
      line += String(format: "  test loss %.4f", test.loss)
      if let accuracy = test.accuracy { line += String(format: "  accuracy %.4f", accuracy) }
    }
    Console.print(line + String(format: "  %.0f samples/s", samplesPerSecond))
  }
}
