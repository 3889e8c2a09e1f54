import Randomness

/// Every client holds samples of a fixed number of classes, and every class is shared evenly by those
/// who hold it ("#C = k" in Li et al. 2022).
public struct ClassPartitioner: Partitioner {
  /// Classes of each client.
  public var perClient: Int

  /// The name in job files.
  public var name: String { "classes" }

  /// Two classes a client unless said otherwise.
  public init(perClient: Int = 2) { self.perClient = perClient }

  /// Parts of `perClient` classes; classes that nobody holds are left out, see ``Partitioner``.
  public func parts(
    of labels: SampleLabels, clients: Int, seed: UInt64
  ) throws(FederationError) -> [[Int]] {
    try requireClasses(labels)
    guard perClient <= labels.classCount else {
      throw .settings(
        "clients want \(perClient) classes each, but the train split has \(labels.classCount)")
    }
    var random = CounterRandom(seed: seed, purpose: .partition)
    // Client i holds class i mod K, so that no class is forgotten, and others at random.
    var holders = [[Int]](repeating: [], count: labels.classCount)
    for client in 0..<clients {
      let own = client % labels.classCount
      let others = random.shuffled((0..<labels.classCount).filter { $0 != own })
      for label in [own] + others.prefix(perClient - 1) { holders[label].append(client) }
    }
    var parts = [[Int]](repeating: [], count: clients)
    for (label, samples) in labels.byClass.enumerated() where !holders[label].isEmpty {
      let cuts = random.shuffled(samples).cut(into: holders[label].count)
      for (client, part) in zip(holders[label], cuts) { parts[client] += part }
    }
    return parts.map { $0.sorted() }
  }
}
