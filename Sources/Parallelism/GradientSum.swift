public import Collectives
public import MPI

/// How the results of micro-batches become one sum on all ranks.
public enum GradientSum {
  /// The all-reduce algorithms that a job may name.
  public typealias Choice = AllReduceChoice

  /// One partial sum a rank, in any fixed order: fast, same bits on the same number of ranks.
  case perRank(any AllReduceAlgorithm<Float>)
  /// The tree over all micro-batches: same bits on any number of ranks.
  case ordered(any OrderedReduction<Float>)

  /// Makes the algorithm; collective.
  ///
  /// With a fixed tree there are two ways: `auto` and `window` complete it in shared memory if all
  /// ranks are on one node, all other choices by messages. The bits are the same.
  ///
  /// - Parameters:
  ///   - microBatches: The leaves of the fixed tree; nil for one partial sum a rank.
  ///   - model: By which `auto` chooses; the same on all ranks.
  /// - Throws: `MPI_ERR_RMA_SHARED` for `window` when the ranks are on several nodes.
  public init(
    _ choice: Choice, microBatches: Int?, model: AllReduceModel = AllReduceModel(),
    on communicator: Communicator
  ) throws(MPIError) {
    let isOnOneNode = try communicator.node().size == communicator.size
    let sharesMemory =
      communicator.size > 1 && (choice == .window || choice == .auto && isOnOneNode)
    if let microBatches {
      self = .ordered(
        sharesMemory
          ? try WindowTree<Float>(on: communicator, leafCount: microBatches)
          : try OrderedTree<Float>(on: communicator, leafCount: microBatches))
    } else {
      self = .perRank(
        sharesMemory
          ? try SharedWindowAllReduce<Float>(on: communicator)
          : try choice.make(Float.self, on: communicator, model: model))
    }
  }

  /// The sum as something that is started and moved on.
  var reduction: any StartedReduction<Float> {
    switch self {
    case .perRank(let algorithm): algorithm
    case .ordered(let algorithm): algorithm
    }
  }

  /// The sum as something of which each rank may get a slice; nil if it cannot be cut.
  var scattering: (any ScatteringReduction<Float>)? {
    reduction as? any ScatteringReduction<Float>
  }

  /// Memory of `count` zeros in which gradients are added up without copies; nil if any memory is as
  /// good. Collective.
  func memory(count: Int) throws(MPIError) -> UnsafeMutableBufferPointer<Float>? {
    try reduction.memory(count: count)
  }

  /// Whether all ranks are on one node, and add up in memory that they share.
  var isInSharedMemory: Bool {
    switch self {
    case .perRank(let algorithm): algorithm is SharedWindowAllReduce<Float>
    case .ordered(let algorithm): algorithm is WindowTree<Float>
    }
  }

  /// The name for logs.
  public var name: String {
    switch self {
    case .perRank(let algorithm): type(of: algorithm).name
    case .ordered(let algorithm): type(of: algorithm).name
    }
  }
}
