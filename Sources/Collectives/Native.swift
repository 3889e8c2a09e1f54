public import MPI

/// The library's own all-reduce, as a choice and as the check of all others.
///
/// Corresponds to `MPI_Allreduce`; the algorithm is the library's to choose, by size and number of
/// ranks. It knows no floats of 16 bits: they are reduced as `Float` in scratch memory, a piece at a
/// time, and rounded once.
public final class Native<Element: Summable>: AllReduceAlgorithm {
  /// `native`.
  public static var name: String { "native" }

  /// The ranks that take part: a duplicate of those given.
  public let communicator: Communicator
  /// Where elements that MPI does not add are widened; empty for others.
  private var room: Buffer<Element.Accumulator>

  /// Makes the algorithm. Collective.
  public init(on communicator: Communicator) throws(MPIError) {
    self.communicator = try communicator.duplicate()
    room = Buffer(repeating: 0, count: Element.Accumulator.self == Element.self ? 0 : 1 << 18)
  }

  /// Replaces each rank's elements by `factor` times the sum over all ranks.
  ///
  /// Collective, blocking.
  public func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    guard room.count > 0 else {
      try communicator.allReduce(buffer, .sum)
      return scale(buffer, by: factor)
    }
    var start = 0
    while start < buffer.count {
      let piece = buffer.part(start..<min(start + room.count, buffer.count))
      try room.withUnsafeMutableBufferPointer { (room) throws(MPIError) in
        let room = room.part(0..<piece.count)
        for index in piece.indices { room[index] = piece[index].widened }
        try communicator.allReduce(room, .sum)
        for index in piece.indices { piece[index] = Element(rounding: room[index] * factor) }
      }
      start += piece.count
    }
  }
}
