public import MPI

/// An array of which every rank of a node has a copy, in memory to which all of them write.
///
///     copy of rank 0   | a0 |    |          | a0 | b1 |        rank 0 writes its place, in all copies
///     copy of rank 1   |    | b1 |   meet   | a0 | b1 |        rank 1 writes its place, in all copies
///
/// Between two meetings the places that ranks write to are apart from each other, and from those that
/// others read. A rank reads all places of its own copy, and no other.
public final class SharedCopies {
  /// This rank's copy, aligned to 64 bytes. Lasts as long as the process.
  public let own: UnsafeMutableBufferPointer<Float>
  /// Where the copies of the other ranks begin.
  public let others: [UnsafeMutablePointer<Float>]
  private let flags: WindowFlags

  /// Zeros. Collective.
  ///
  /// - Throws: `MPI_ERR_RMA_SHARED` when the ranks are not on one host.
  public init(on node: Communicator, count: Int) throws(MPIError) {
    let node = try node.duplicate()
    let memory = try WindowMemory(on: node, byteCount: count * MemoryLayout<Float>.stride)
    let copies = memory.bases.map { $0.bindMemory(to: Float.self, capacity: count) }
    own = UnsafeMutableBufferPointer(start: copies[node.rank], count: count)
    others = copies.indices.filter { $0 != node.rank }.map { copies[$0] }
    flags = try WindowFlags(on: node)
  }

  /// Waits until all ranks have come here: what they wrote before is in all copies. Collective, blocking.
  public func meet() throws(MPIError) {
    flags.advance()
    _ = try flags.haveAllCome(waiting: true)
  }
}
