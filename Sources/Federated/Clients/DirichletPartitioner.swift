import Randomness

/// The samples of each class are dealt by shares from a Dirichlet distribution: the smaller alpha, the
/// more do clients differ (Hsu, Qi and Brown 2019; class by class as in Li et al. 2022).
public struct DirichletPartitioner: Partitioner {
  /// The parameter of the distribution: 100 is nearly even, 0.1 very uneven.
  public var alpha: Double
  /// Shares are drawn anew until every client has so many samples.
  public var minimum: Int

  /// How often shares are drawn anew.
  private static let attempts = 1000

  /// The name in job files.
  public var name: String { "dirichlet" }

  /// Alpha 0.5 and at least one sample a client unless said otherwise.
  public init(alpha: Double = 0.5, minimum: Int = 1) {
    (self.alpha, self.minimum) = (alpha, minimum)
  }

  /// Parts of uneven mixtures and sizes; see ``Partitioner``.
  public func parts(
    of labels: SampleLabels, clients: Int, seed: UInt64
  ) throws(FederationError) -> [[Int]] {
    try requireClasses(labels)
    try requireEnough(labels, clients: clients)
    for attempt in 0..<Self.attempts {
      var random = CounterRandom(seed: seed, purpose: .partition, epoch: UInt32(attempt))
      var parts = [[Int]](repeating: [], count: clients)
      for samples in labels.byClass {
        let shares = random.dirichlet(alpha: alpha, count: clients)
        for (client, part) in random.shuffled(samples).cut(by: shares).enumerated() {
          parts[client] += part
        }
      }
      if parts.allSatisfy({ $0.count >= minimum }) { return parts.map { $0.sorted() } }
    }
    throw .settings(
      "in \(Self.attempts) draws no Dirichlet partition with alpha \(alpha) left each of \(clients) clients \(minimum) of \(labels.count) samples: raise alpha, or lower minimum or the number of clients"
    )
  }
}
