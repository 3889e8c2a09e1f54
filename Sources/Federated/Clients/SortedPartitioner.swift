import Randomness

/// Samples sorted by class are cut into runs of equal length, of which every client gets a few: most
/// clients see few classes (McMahan et al. 2017, section 3: 200 runs, 2 a client).
public struct SortedPartitioner: Partitioner {
  /// Runs of each client.
  public var perClient: Int

  /// The name in job files.
  public var name: String { "sorted" }

  /// Two runs a client unless said otherwise.
  public init(perClient: Int = 2) { self.perClient = perClient }

  /// Parts of `perClient` runs; see ``Partitioner``.
  public func parts(
    of labels: SampleLabels, clients: Int, seed: UInt64
  ) throws(FederationError) -> [[Int]] {
    try requireClasses(labels)
    let runs = clients * perClient
    guard runs <= labels.count else {
      throw .settings(
        "\(clients) clients want \(perClient) runs each, but the train split has \(labels.count) samples for \(runs) runs"
      )
    }
    var random = CounterRandom(seed: seed, purpose: .partition)
    // Within a class the order is random too, so that a run is a fair part of its class.
    let sorted = labels.byClass.flatMap { random.shuffled($0) }.cut(into: runs)
    return random.shuffled(Array(0..<runs)).cut(into: clients).map { mine in
      mine.flatMap { sorted[$0] }.sorted()
    }
  }
}
