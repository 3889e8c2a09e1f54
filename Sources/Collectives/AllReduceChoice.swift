public import MPI

/// The all-reduce algorithms that job files and commands may name.
public enum AllReduceChoice: String, Sendable, CaseIterable {
  /// `MPI_Allreduce`: ``Native``.
  case native
  /// ``Ring``.
  case ring
  /// ``SharedWindowAllReduce``; all ranks on one node.
  case window

  /// Makes the algorithm. Collective.
  ///
  /// - Throws: `MPI_ERR_RMA_SHARED` for `window` when the ranks are not on one host.
  public func make<Element: Summable>(
    _ type: Element.Type = Element.self, on communicator: Communicator
  ) throws(MPIError) -> any AllReduceAlgorithm<Element> {
    switch self {
    case .native: try Native<Element>(on: communicator)
    case .ring: try Ring<Element>(on: communicator)
    case .window: try SharedWindowAllReduce<Element>(on: communicator)
    }
  }
}
