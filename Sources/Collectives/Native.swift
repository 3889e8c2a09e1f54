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
  private var flight: (buffer: UnsafeMutableBufferPointer<Element>, factor: Element.Accumulator)?
  /// One for each piece that a C int can count.
  private var requests = RequestSet(capacity: 16)

  /// Makes the algorithm. Collective.
  public init(on communicator: Communicator) throws(MPIError) {
    self.communicator = try communicator.duplicate()
    room = Buffer(repeating: 0, count: Element.Accumulator.self == Element.self ? 0 : 1 << 18)
  }

  /// Replaces each rank's elements by `factor` times the sum over all ranks.
  ///
  /// Collective, blocking: `MPI_Allreduce`.
  public func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    guard room.count == 0 else { return try widen(buffer, factor) }
    try communicator.allReduce(buffer, .sum)
    scale(buffer, by: factor)
  }

  /// Starts to replace each rank's elements by `factor` times the sum over all ranks, by
  /// `MPI_Iallreduce`.
  public func start(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    precondition(flight == nil, "a sum is under way")
    if room.count == 0 { try communicator.startAllReduce(buffer, .sum, in: &requests) }
    flight = (buffer, factor)
  }

  /// Moves the sum on; see ``StartedReduction``. Floats of 16 bits are summed when waited for.
  public func advance(waiting: Bool) throws(MPIError) -> Bool {
    guard let (buffer, factor) = flight else { return true }
    if room.count > 0 {
      guard waiting else { return false }
      try widen(buffer, factor)
    } else {
      guard try requests.endAll(waiting: waiting) else { return false }
      scale(buffer, by: factor)
    }
    flight = nil
    return true
  }

  /// Gives up after an error.
  public func abandon() {
    requests.abandon()
    flight = nil
  }

  private func widen(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ factor: Element.Accumulator
  ) throws(MPIError) {
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
