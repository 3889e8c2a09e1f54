/// All clients, every round.
public struct WholeCohort: CohortSampler {
  /// The name in job files.
  public var name: String { "all" }

  /// A sampler without settings.
  public init() {}

  /// The number of clients.
  public func expectedSize(clients: Int) -> Double { Double(clients) }

  /// All clients.
  public func cohort(round: Int, sizes: [Int], seed: UInt64) -> [Int] { Array(sizes.indices) }
}
