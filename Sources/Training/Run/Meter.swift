import Foundation
import Parallelism

/// Sums over the steps of an epoch.
package struct Meter: Equatable {
  private var start = Date()
  /// Samples of this process: the speed is that of this process, too.
  private var timedSamples = 0
  private var lossSum = 0.0
  private var correct: Double?
  private var samples = 0

  /// Nothing yet.
  package init() {}

  /// Goes on from what ``numbers`` said.
  package init(_ numbers: [String: Double]) {
    lossSum = numbers["epoch.lossSum"] ?? 0
    correct = numbers["epoch.correct"]
    samples = Int(numbers["epoch.samples"] ?? 0)
  }

  /// The sums by name.
  package var numbers: [String: Double] {
    var numbers = ["epoch.lossSum": lossSum, "epoch.samples": Double(samples)]
    numbers["epoch.correct"] = correct
    return numbers
  }

  /// The same sums, with the clock at zero.
  var restarted: Meter {
    var meter = self
    (meter.start, meter.timedSamples) = (Date(), 0)
    return meter
  }

  mutating func add(_ result: DataParallel.StepResult) {
    lossSum += Double(result.lossSum)
    samples += result.samples
    timedSamples += result.samples
    if let count = result.correct { correct = (correct ?? 0) + Double(count) }
  }

  /// Mean loss of a sample.
  var loss: Double { samples == 0 ? 0 : lossSum / Double(samples) }
  /// Share of correct predictions while the parameters were changing.
  var accuracy: Double? { correct.map { $0 / Double(max(1, samples)) } }
  /// Samples of all ranks in a second of wall clock.
  var samplesPerSecond: Double {
    let seconds = Date().timeIntervalSince(start)
    return seconds > 0 ? Double(timedSamples) / seconds : 0
  }
}
