/// One holder of data: a hospital, a speaker, or a part that a partitioner has made.
public struct Client: Hashable, Sendable {
  /// Its number, by which cohorts, states and random numbers are keyed.
  public let id: Int
  /// What tables call it.
  public let name: String
  /// Its samples, as numbers of the train split.
  public let samples: [Int]

  /// A client that holds `samples`.
  public init(id: Int, name: String, samples: [Int]) {
    self.id = id
    self.name = name
    self.samples = samples
  }
}
