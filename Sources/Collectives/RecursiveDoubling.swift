public import MPI

/// The all-reduce for small buffers: in each step a rank exchanges everything with a partner twice
/// as far away, and adds.
///
///     P = 4      rank 0     rank 1     rank 2     rank 3
///                a ────<>──── b        c ────<>──── d        step 0: with rank xor 1
///                ab         ab         cd         cd
///                └──────────<>─────────┘                     step 1: with rank xor 2
///                           └──────────<>─────────┘
///                abcd       abcd       abcd       abcd
///
/// log2(P) steps of latency, the fewest possible, in each of which a rank sends and receives N
/// bytes. Ranks beyond a power of two are folded first and served last: two more steps for them.
/// Both partners add the same two values, and a + b = b + a, so all ranks get the same bits.
///
/// Source: Thakur, Rabenseifner and Gropp, "Optimization of collective communication operations in
/// MPICH", IJHPCA 19 (2005).
public final class RecursiveDoubling<Element: Summable>: AllReduceAlgorithm {
  /// `doubling`.
  public static var name: String { "doubling" }

  /// The ranks that take part: a duplicate of those given.
  public let communicator: Communicator
  private let ranks: FoldedRanks
  private var room: Buffer<Element>

  /// Makes the algorithm and its scratch memory, one piece. Collective.
  ///
  /// - Parameter pieceBytes: larger buffers are reduced a piece at a time.
  public init(on communicator: Communicator, pieceBytes: Int = 1 << 18) throws(MPIError) {
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
      try run(piece)
      scale(piece, by: factor)
      start += piece.count
    }
  }

  private func run(_ piece: UnsafeMutableBufferPointer<Element>) throws(MPIError) {
    let other = room.withUnsafeMutableBufferPointer { $0.part(0..<piece.count) }
    guard let member = ranks.member else {
      // This rank sits out.
      guard let partner = ranks.partner else { return }
      try communicator.send(UnsafeBufferPointer(piece), to: partner)
      try communicator.receive(into: piece, from: partner)
      return
    }
    if let partner = ranks.partner {
      try communicator.receive(into: other, from: partner)
      add(other, to: piece)
    }
    for step in 0..<ranks.depth {
      let peer = ranks.rank(of: member ^ 1 << step)
      try communicator.sendReceive(UnsafeBufferPointer(piece), to: peer, into: other, from: peer)
      add(other, to: piece)
    }
    if let partner = ranks.partner {
      try communicator.send(UnsafeBufferPointer(piece), to: partner)
    }
  }
}

/// Adds the elements of `source` to those of `target`, which are as many.
func add<Element: Summable>(
  _ source: UnsafeMutableBufferPointer<Element>, to target: UnsafeMutableBufferPointer<Element>
) {
  precondition(source.count == target.count, "\(source.count) added to \(target.count)")
  guard let from = source.baseAddress, let to = target.baseAddress else { return }
  Element.add(from, to: to, count: target.count)
}
