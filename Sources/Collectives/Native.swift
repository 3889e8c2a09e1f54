public import MPI

/// The library's own all-reduce, as a choice and as the check of all others.
///
/// Corresponds to `MPI_Allreduce`; the algorithm is the library's to choose, by size and number of
/// ranks.
public final class Native<Element: Summable>: AllReduceAlgorithm {
  /// `native`.
  public static var name: String { "native" }

  /// The ranks that take part: a duplicate of those given.
  public let communicator: Communicator

  /// Makes the algorithm. Collective.
  public init(on communicator: Communicator) throws(MPIError) {
    self.communicator = try communicator.duplicate()
  }

  /// Replaces each rank's elements by `factor` times the sum over all ranks.
  ///
  /// Collective, blocking.
  public func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element
  ) throws(MPIError) {
    try communicator.allReduce(buffer, .sum)
    scale(buffer, by: factor)
  }
}
