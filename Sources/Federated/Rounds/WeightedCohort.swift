import Foundation
import Randomness

/// A fixed number of clients, the larger the likelier: without replacement, with probabilities
/// proportional to samples (Efraimidis and Spirakis 2006).
public struct WeightedCohort: CohortSampler {
  /// Clients of a round.
  public var size: Int

  /// The name in job files.
  public var name: String { "weighted" }

  /// So many clients a round.
  public init(size: Int) { self.size = size }

  /// The size.
  public func expectedSize(clients: Int) -> Double { Double(size) }

  /// The clients of a round; see ``CohortSampler``.
  public func cohort(round: Int, sizes: [Int], seed: UInt64) -> [Int] {
    var random = CounterRandom(seed: seed, purpose: .cohort, epoch: UInt32(round))
    // Each gets the arrival time of a process whose rate is its size; the first arrivals win.
    let times = sizes.map { -log(1 - random.uniformDouble()) / Double(max($0, 1)) }
    return sizes.indices.sorted { (times[$0], $0) < (times[$1], $1) }.prefix(size).sorted()
  }

  /// Throws if there are fewer clients.
  public func check(clients: Int) throws(FederationError) {
    try checkSize(size, clients: clients)
  }
}
