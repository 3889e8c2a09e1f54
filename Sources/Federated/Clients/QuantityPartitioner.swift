import Randomness

/// Clients hold the same mixture of classes in very different amounts: sizes from a Dirichlet
/// distribution.
public struct QuantityPartitioner: Partitioner {
  /// The parameter of the distribution.
  public var alpha: Double
  /// Every client gets so many samples first.
  public var minimum: Int

  /// The name in job files.
  public var name: String { "quantity" }

  /// Alpha 0.5 and at least one sample a client unless said otherwise.
  public init(alpha: Double = 0.5, minimum: Int = 1) {
    (self.alpha, self.minimum) = (alpha, minimum)
  }

  /// Parts of uneven sizes; see ``Partitioner``.
  public func parts(
    of labels: SampleLabels, clients: Int, seed: UInt64
  ) throws(FederationError) -> [[Int]] {
    let fixed = clients * minimum
    guard fixed <= labels.count else {
      throw .settings(
        "\(clients) clients want \(minimum) samples each, but the train split has \(labels.count)")
    }
    var random = CounterRandom(seed: seed, purpose: .partition)
    let order = random.shuffled(Array(0..<labels.count))
    let first = Array(order[..<fixed]).cut(into: clients)
    let rest = Array(order[fixed...])
      .cut(by: random.dirichlet(alpha: alpha, count: clients))
    return zip(first, rest).map { ($0 + $1).sorted() }
  }
}
