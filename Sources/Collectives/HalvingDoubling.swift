public import MPI

/// The all-reduce for middling buffers: reduce-scatter by recursive halving, all-gather by recursive
/// doubling.
///
/// In step t of the first half a rank exchanges half of what it still works on with the partner P /
/// 2^(t + 1) away, and adds up the half it keeps. In the second half the same partners, in reverse
/// order, exchange what they have.
///
///     P = 4           rank 0     rank 1     rank 2     rank 3
///                     0123       0123       0123       0123
///     with xor 2      01         01         23         23         N / 2 each way
///     with xor 1      0          1          2          3          N / 4: each rank has a sum
///     with xor 1      01         01         23         23         N / 4
///     with xor 2      0123       0123       0123       0123       N / 2
///
/// 2 log2(P) steps of latency; a rank sends and receives 2 (P - 1) / P x N bytes, as in the ring.
/// Ranks beyond a power of two are folded first and served last: two more steps, 2 N bytes. Each sum
/// is taken by one rank, in a fixed tree.
///
/// Source: Rabenseifner, "Optimization of collective reduction operations", ICCS 2004.
public final class HalvingDoubling<Element: Summable>: AllReduceAlgorithm {
  /// `halving`.
  public static var name: String { "halving" }

  /// The ranks that take part: a duplicate of those given.
  public let communicator: Communicator
  private let ranks: FoldedRanks
  private var room: Buffer<Element>

  /// Makes the algorithm and its scratch memory, one piece. Collective.
  ///
  /// - Parameter pieceBytes: larger buffers are reduced a piece at a time.
  public init(on communicator: Communicator, pieceBytes: Int = 1 << 22) throws(MPIError) {
    self.communicator = try communicator.duplicate()
    ranks = FoldedRanks(rank: communicator.rank, size: communicator.size)
    room = Buffer(repeating: Element(), count: max(pieceBytes / MemoryLayout<Element>.stride, 1))
  }

  /// Replaces each rank's elements by `factor` times the sum over all ranks.
  ///
  /// Collective, blocking.
  public func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    var start = 0
    while start < buffer.count {
      let piece = buffer.part(start..<min(start + room.count, buffer.count))
      try run(piece, scaledBy: factor)
      start += piece.count
    }
  }

  private func run(
    _ piece: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    let room = room.withUnsafeMutableBufferPointer { $0 }
    guard let member = ranks.member else {
      // This rank sits out.
      guard let partner = ranks.partner else { return }
      try communicator.send(UnsafeBufferPointer(piece), to: partner)
      try communicator.receive(into: piece, from: partner)
      return
    }
    if let partner = ranks.partner {
      let other = room.part(0..<piece.count)
      try communicator.receive(into: other, from: partner)
      add(other, to: piece)
    }
    for step in 0..<ranks.depth {
      let peer = peer(of: member, step)
      let (mine, theirs) = (
        piece.part(range(member, step + 1, piece.count)),
        piece.part(range(peer, step + 1, piece.count))
      )
      let other = room.part(0..<mine.count)
      try exchange(theirs, other, with: peer)
      add(other, to: mine)
    }
    scale(piece.part(range(member, ranks.depth, piece.count)), by: factor)
    for step in (0..<ranks.depth).reversed() {
      let peer = peer(of: member, step)
      try exchange(
        piece.part(range(member, step + 1, piece.count)),
        piece.part(range(peer, step + 1, piece.count)), with: peer)
    }
    if let partner = ranks.partner {
      try communicator.send(UnsafeBufferPointer(piece), to: partner)
    }
  }

  /// The member with whom a member exchanges in a step of the first half.
  private func peer(of member: Int, _ step: Int) -> Int {
    member ^ ranks.memberCount >> (step + 1)
  }

  /// What a member still works on after some steps of the first half.
  private func range(_ member: Int, _ steps: Int, _ count: Int) -> Range<Int> {
    var range = 0..<count
    for step in 0..<steps {
      let middle = range.lowerBound + range.count / 2
      let isUpper = member & ranks.memberCount >> (step + 1) != 0
      range = isUpper ? middle..<range.upperBound : range.lowerBound..<middle
    }
    return range
  }

  private func exchange(
    _ sent: UnsafeMutableBufferPointer<Element>, _ received: UnsafeMutableBufferPointer<Element>,
    with member: Int
  ) throws(MPIError) {
    let peer = ranks.rank(of: member)
    try communicator.sendReceive(UnsafeBufferPointer(sent), to: peer, into: received, from: peer)
  }
}
