public import MPI

/// One way to add up a buffer over all ranks, in place.
///
/// An algorithm owns a communicator and all the memory it needs, so that calls allocate nothing and
/// its messages meet nobody else's. Making one is collective. The result is the same on all ranks,
/// and the same bits run after run on one number of ranks.
public protocol AllReduceAlgorithm<Element>: AnyObject {
  /// What is added up.
  associatedtype Element: Summable

  /// The name by which job files and reports choose the algorithm.
  static var name: String { get }

  /// The ranks that take part.
  var communicator: Communicator { get }

  /// Replaces each rank's elements by `factor` times the sum over all ranks.
  ///
  /// Collective, blocking. All ranks pass the same size and factor.
  func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError)

  /// Memory of `count` zeros in which the algorithm works without copies; nil if any memory is as
  /// good.
  ///
  /// Collective, blocking; all ranks pass the same count. It lasts as long as the process.
  func memory(count: Int) throws(MPIError) -> UnsafeMutableBufferPointer<Element>?
}

extension AllReduceAlgorithm {
  /// Nil: any memory will do.
  public func memory(count: Int) throws(MPIError) -> UnsafeMutableBufferPointer<Element>? { nil }

  /// Replaces each rank's elements by the sum over all ranks.
  ///
  /// Collective, blocking. All ranks pass the same size.
  public func sum(_ buffer: UnsafeMutableBufferPointer<Element>) throws(MPIError) {
    try allReduce(buffer, scaledBy: 1)
  }

  /// Replaces each rank's elements by the sum over all ranks.
  ///
  /// Collective, blocking. All ranks pass the same size.
  public func sum(_ values: inout [Element]) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in try sum(buffer) }
  }
}

extension AllReduceAlgorithm where Element.Accumulator: FloatingPoint {
  /// Replaces each rank's elements by the mean over all ranks: the sum times `1 / size`.
  ///
  /// Collective, blocking. All ranks pass the same size.
  public func mean(_ buffer: UnsafeMutableBufferPointer<Element>) throws(MPIError) {
    try allReduce(buffer, scaledBy: 1 / Element.Accumulator(communicator.size))
  }

  /// Replaces each rank's elements by the mean over all ranks: the sum times `1 / size`.
  ///
  /// Collective, blocking. All ranks pass the same size.
  public func mean(_ values: inout [Element]) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in try mean(buffer) }
  }
}
