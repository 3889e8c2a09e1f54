public import MPI

/// One way to add up a buffer over all ranks, in place.
///
/// An algorithm owns a communicator and all the memory it needs, so that calls allocate nothing and
/// its messages meet nobody else's. Making one is collective. The result is the same on all ranks,
/// and the same bits run after run on one number of ranks.
public protocol AllReduceAlgorithm<Element>: StartedReduction {
  /// The name by which job files and reports choose the algorithm.
  static var name: String { get }

  /// The ranks that take part.
  var communicator: Communicator { get }

  /// Starts to replace each rank's elements by `factor` times the sum over all ranks.
  ///
  /// All ranks pass the same size and factor. Does not wait for other ranks; see
  /// ``StartedReduction``.
  func start(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError)

  /// Replaces each rank's elements by `factor` times the sum over all ranks.
  ///
  /// Collective, blocking. All ranks pass the same size and factor.
  func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError)
}

extension AllReduceAlgorithm {
  /// Starts the sum of one part of each rank; see ``StartedReduction``.
  public func start(
    _ parts: [UnsafeMutableBufferPointer<Element>],
    into result: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    precondition(parts.count == 1, "\(parts.count) parts where a rank has one")
    if let own = parts[0].baseAddress, let target = result.baseAddress, own != target {
      target.update(from: own, count: result.count)
    }
    try start(result, scaledBy: factor)
  }

  /// Replaces each rank's elements by `factor` times the sum over all ranks.
  ///
  /// Collective, blocking. All ranks pass the same size and factor.
  public func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    do throws(MPIError) {
      try start(buffer, scaledBy: factor)
    } catch {
      abandon()
      throw error
    }
    try finish()
  }

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
