public import Collectives
public import MPI

/// How the results of micro-batches become one sum on all ranks.
public enum GradientSum {
  /// The all-reduce algorithms that a job may name.
  public enum Choice: String, Sendable, CaseIterable {
    /// The fastest for the message and the machine; today the ring.
    case auto
    /// Trireme's segmented ring.
    case ring
    /// `MPI_Allreduce`.
    case native
  }

  /// One partial sum a rank, in any fixed order: fast, same bits on the same number of ranks.
  case perRank(any AllReduceAlgorithm<Float>)
  /// The tree over all micro-batches: same bits on any number of ranks.
  case ordered(OrderedTree<Float>)

  /// Makes the algorithm; collective.
  ///
  /// - Parameter microBatches: The leaves of the fixed tree; nil for one partial sum a rank.
  public init(
    _ choice: Choice, microBatches: Int?, on communicator: Communicator
  ) throws(MPIError) {
    if let microBatches {
      self = .ordered(try OrderedTree(on: communicator, leafCount: microBatches))
      return
    }
    switch choice {
    case .native: self = .perRank(try Native<Float>(on: communicator))
    case .auto, .ring: self = .perRank(try Ring<Float>(on: communicator))
    }
  }

  /// The name for logs.
  public var name: String {
    switch self {
    case .perRank(let algorithm): type(of: algorithm).name
    case .ordered: OrderedTree<Float>.name
    }
  }
}
