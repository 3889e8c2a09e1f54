public import MPI

/// The all-reduce algorithms that job files and commands may name.
public enum AllReduceChoice: String, Sendable, CaseIterable {
  /// The fastest for each size by the cost model: ``Automatic``.
  case auto
  /// `MPI_Allreduce`: ``Native``.
  case native
  /// ``Ring``.
  case ring
  /// ``SharedWindowAllReduce``; all ranks on one node.
  case window
  /// ``RecursiveDoubling``.
  case doubling
  /// ``HalvingDoubling``.
  case halving
  /// ``Hierarchical``.
  case hierarchical

  /// Makes the algorithm. Collective.
  ///
  /// - Parameter model: by which `auto` chooses; the same on all ranks.
  /// - Throws: `MPI_ERR_RMA_SHARED` for `window` when the ranks are not on one host.
  public func make<Element: Summable>(
    _ type: Element.Type = Element.self, on communicator: Communicator,
    model: AllReduceModel = AllReduceModel()
  ) throws(MPIError) -> any AllReduceAlgorithm<Element> {
    switch self {
    case .auto: try Automatic<Element>(on: communicator, model: model)
    case .native: try Native<Element>(on: communicator)
    case .ring: try Ring<Element>(on: communicator)
    case .window: try SharedWindowAllReduce<Element>(on: communicator)
    case .doubling: try RecursiveDoubling<Element>(on: communicator)
    case .halving: try HalvingDoubling<Element>(on: communicator)
    case .hierarchical: try Hierarchical<Element>(on: communicator)
    }
  }
}
