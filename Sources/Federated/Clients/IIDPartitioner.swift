import Randomness

/// Every client gets an equal part of the samples in random order.
public struct IIDPartitioner: Partitioner {
  /// The name in job files.
  public var name: String { "iid" }

  /// A partitioner without settings.
  public init() {}

  /// Parts whose sizes differ by at most one; see ``Partitioner``.
  public func parts(
    of labels: SampleLabels, clients: Int, seed: UInt64
  ) throws(FederationError) -> [[Int]] {
    try requireEnough(labels, clients: clients)
    var random = CounterRandom(seed: seed, purpose: .partition)
    return random.shuffled(Array(0..<labels.count)).cut(into: clients).map { $0.sorted() }
  }
}
