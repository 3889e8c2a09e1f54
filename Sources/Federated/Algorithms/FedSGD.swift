/// One gradient a client and round, over all its samples: the mean is a step of gradient descent on
/// all their data (McMahan et al. 2017, section 2). The job's batch and epochs do not count.
public struct FedSGD: Algorithm {
  /// The name in job files.
  public var name: String { "fedSGD" }

  /// The algorithm; it has no settings.
  public init() {}
}
