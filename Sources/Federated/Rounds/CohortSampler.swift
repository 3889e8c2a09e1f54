/// How the clients of a round are chosen: a function of seed and round.
public protocol CohortSampler: Hashable, Sendable {
  /// The name in job files.
  var name: String { get }

  /// The number of clients that a round has on average.
  func expectedSize(clients: Int) -> Double

  /// The clients of a round, in ascending order.
  ///
  /// - Parameter sizes: The samples of each client.
  func cohort(round: Int, sizes: [Int], seed: UInt64) -> [Int]

  /// Throws if the sampler asks for more clients than there are.
  func check(clients: Int) throws(FederationError)
}

extension CohortSampler {
  /// Accepts any number.
  public func check(clients: Int) throws(FederationError) {}

  /// Whether `other` is the same sampler with the same settings.
  public func isEqual(to other: any CohortSampler) -> Bool { (other as? Self) == self }

  func checkSize(_ size: Int, clients: Int) throws(FederationError) {
    guard size > clients else { return }
    throw .settings(
      "a cohort of \(size) cannot be chosen from \(clients) \(clients == 1 ? "client" : "clients"): lower federated.cohort, or write all"
    )
  }
}
