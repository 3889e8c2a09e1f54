import Foundation
import Randomness

/// Who of a cohort sends an update in time: a part of the simulation, not a failure.
///
/// A client takes as long as it has samples, divided by its speed, which is drawn anew each round from
/// a log-normal distribution. Time is virtual: it does not depend on the machine.
public struct Availability: Hashable, Sendable {
  /// The probability that a client of the cohort never answers.
  public var dropout = 0.0
  /// The deviation of the logarithm of a client's speed; 0: all are equally fast.
  public var speedDeviation = 0.0
  /// The share of further clients that are asked, in case that some are late; only the first to end,
  /// as many as the cohort was to have, are used. 0.3: 13 are asked for 10.
  public var overSelection = 0.0
  /// Clients that take longer than so many times the cohort's median are left out; nil: none are.
  public var deadline: Double?

  /// All answer, at once.
  public init() {}

  /// What became of a cohort.
  public struct Outcome: Hashable, Sendable {
    /// Those whose updates count, in ascending order.
    public var participants: [Int] = []
    /// Those that never answered.
    public var dropped: [Int] = []
    /// Those that were too late.
    public var late: [Int] = []
    /// When the last of ``participants`` had ended, in virtual units of a sample.
    public var time = 0.0
  }

  /// How long a client takes in a round, in samples of a client of normal speed.
  public func duration(of client: Int, samples: Int, round: Int, seed: UInt64) -> Double {
    guard speedDeviation > 0 else { return Double(samples) }
    var random = CounterRandom(
      seed: seed, purpose: .availability, epoch: UInt32(round), sample: UInt64(client) << 1 | 1)
    return Double(samples) * exp(speedDeviation * random.normalDouble())
  }

  /// Whether a client never answers in a round.
  public func isDropped(_ client: Int, round: Int, seed: UInt64) -> Bool {
    guard dropout > 0 else { return false }
    var random = CounterRandom(
      seed: seed, purpose: .availability, epoch: UInt32(round), sample: UInt64(client) << 1)
    return random.uniformDouble() < dropout
  }

  /// Whose updates count, of the cohort that was asked.
  ///
  /// - Parameter wanted: The most updates that are used; nil: all that come in time.
  public func outcome(
    cohort: [Int], wanted: Int?, sizes: [Int], round: Int, seed: UInt64
  ) -> Outcome {
    var outcome = Outcome()
    var times: [(time: Double, client: Int)] = []
    for client in cohort {
      if isDropped(client, round: round, seed: seed) {
        outcome.dropped.append(client)
      } else {
        times.append(
          (duration(of: client, samples: sizes[client], round: round, seed: seed), client))
      }
    }
    times.sort { $0 < $1 }
    let limit = deadline.map { $0 * (times.isEmpty ? 0 : times[(times.count - 1) / 2].time) }
    for (index, entry) in times.enumerated() {
      if index >= wanted ?? .max || entry.time > limit ?? .infinity {
        outcome.late.append(entry.client)
      } else {
        outcome.participants.append(entry.client)
        outcome.time = entry.time
      }
    }
    outcome.participants.sort()
    outcome.late.sort()
    return outcome
  }
}
