import Foundation
import Parallelism

/// Sums over the steps of an epoch (or its rest, after a resume).
struct Meter {
  private let start = Date()
  private var lossSum = 0.0
  private var correct: Double?
  private var samples = 0

  mutating func add(_ result: DataParallel.StepResult) {
    lossSum += Double(result.lossSum)
    samples += result.samples
    if let count = result.correct { correct = (correct ?? 0) + Double(count) }
  }

  /// Mean loss of a sample.
  var loss: Double { samples == 0 ? 0 : lossSum / Double(samples) }
  /// Share of correct predictions while the parameters were changing.
  var accuracy: Double? { correct.map { $0 / Double(max(1, samples)) } }
  /// Samples of all ranks in a second of wall clock.
  var samplesPerSecond: Double {
    let seconds = Date().timeIntervalSince(start)
    return seconds > 0 ? Double(samples) / seconds : 0
  }
}
