import Randomness

/// A fixed number of clients, each set of that size equally likely.
public struct FixedCohort: CohortSampler {
  /// Clients of a round.
  public var size: Int

  /// The name in job files.
  public var name: String { "fixed" }

  /// So many clients a round.
  public init(size: Int) { self.size = size }

  /// The size.
  public func expectedSize(clients: Int) -> Double { Double(size) }

  /// The clients of a round; see ``CohortSampler``.
  public func cohort(round: Int, sizes: [Int], seed: UInt64) -> [Int] {
    var random = CounterRandom(seed: seed, purpose: .cohort, epoch: UInt32(round))
    return random.shuffled(Array(sizes.indices)).prefix(size).sorted()
  }

  /// Throws if there are fewer clients.
  public func check(clients: Int) throws(FederationError) {
    try checkSize(size, clients: clients)
  }
}
