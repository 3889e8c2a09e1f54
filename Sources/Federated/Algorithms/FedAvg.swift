/// Federated averaging: clients train, the server takes the mean of their parameters, weighted by
/// their samples over those that took part (McMahan et al. 2017, algorithm 1, with the erratum of its
/// last version).
public struct FedAvg: Algorithm {
  /// The name in job files.
  public var name: String { "fedAvg" }

  /// The algorithm; it has no settings.
  public init() {}
}
