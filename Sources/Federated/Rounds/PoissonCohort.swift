import Randomness

/// Every client takes part with the same probability, whatever the others do: what the accountants of
/// differential privacy assume. A round may be empty.
public struct PoissonCohort: CohortSampler {
  /// The probability.
  public var rate: Double

  /// The name in job files.
  public var name: String { "poisson" }

  /// Every client with probability `rate`.
  public init(rate: Double) { self.rate = rate }

  /// `rate` times the clients.
  public func expectedSize(clients: Int) -> Double { rate * Double(clients) }

  /// The clients of a round; see ``CohortSampler``.
  public func cohort(round: Int, sizes: [Int], seed: UInt64) -> [Int] {
    var random = CounterRandom(seed: seed, purpose: .cohort, epoch: UInt32(round))
    return sizes.indices.filter { _ in random.uniformDouble() < rate }
  }
}
