import Foundation
import MPI
import Randomness

/// Sleeps where a rank would compute, for as long as the computation took when it was measured: sums over
/// ranks and their overlap are then real, though many ranks share a core.
///
/// A step takes longer or shorter by a normal number of the measured deviation, drawn by rank and step.
/// Ops that are shorter than a sleep can be are slept together: what is owed is kept to the microsecond, so
/// that a step has its length.
final class SimulatedCompute {
  private let profile: StepProfile
  private let rank: Int
  /// Microseconds still to be slept.
  private var owed = 0.0

  init(_ profile: StepProfile, rank: Int) {
    self.profile = profile
    self.rank = rank
  }

  func startStep(_ step: Int) {
    var random = CounterRandom(
      seed: UInt64(rank), purpose: .jitter, sample: UInt64(max(0, step)))
    owed += profile.jitterMicroseconds * Double(random.normal())
  }

  func run(ops: Range<Int>) {
    for op in ops { sleep(profile.opMicroseconds[op]) }
  }

  func update() { sleep(profile.updateMicroseconds) }

  private func sleep(_ microseconds: Double) {
    owed += microseconds
    guard owed >= 100 else { return }
    let start = wallClock()
    Thread.sleep(forTimeInterval: owed / 1e6)
    owed -= (wallClock() - start) * 1e6
  }
}
