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
  private let course: StageCourse<Element>
  private var factor: Element.Accumulator = 1

  /// Makes the algorithm and its scratch memory, one piece. Collective.
  ///
  /// - Parameter pieceBytes: larger buffers are reduced a piece at a time.
  public init(on communicator: Communicator, pieceBytes: Int = 1 << 18) throws(MPIError) {
    self.communicator = try communicator.duplicate()
    ranks = FoldedRanks(rank: communicator.rank, size: communicator.size)
    let pieceCount = max(pieceBytes / MemoryLayout<Element>.stride, 1)
    room = Buffer(repeating: Element(), count: pieceCount)
    course = StageCourse(pieceCount: pieceCount, stageCount: ranks.depth + 2)
  }

  /// Starts to replace each rank's elements by `factor` times the sum over all ranks.
  public func start(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    self.factor = factor
    course.start(buffer)
    _ = try advance(waiting: false)
  }

  /// Moves the sum on; see ``StartedReduction``.
  public func advance(waiting: Bool) throws(MPIError) -> Bool {
    try course.advance(
      waiting: waiting,
      begin: { (stage, piece) throws(MPIError) in try begin(stage, piece) },
      end: { (stage, piece) in end(stage, piece) })
  }

  /// Gives up after an error.
  public func abandon() { course.abandon() }

  // Stage 0 folds ranks in, stage 1 + t is step t, the last stage gives the folded ranks the sum.

  private func begin(
    _ stage: Int, _ piece: UnsafeMutableBufferPointer<Element>
  ) throws(MPIError) {
    let isLast = stage == ranks.depth + 1
    if let member = ranks.member, stage > 0, !isLast {
      let peer = ranks.rank(of: member ^ 1 << (stage - 1))
      try communicator.startReceive(into: other(piece), from: peer, in: &course.requests)
      try communicator.startSend(UnsafeBufferPointer(piece), to: peer, in: &course.requests)
    } else if let partner = ranks.partner, stage == 0 || isLast {
      // A rank without a number sends first and receives last.
      if (ranks.member == nil) == (stage == 0) {
        try communicator.startSend(UnsafeBufferPointer(piece), to: partner, in: &course.requests)
      } else {
        let target = stage == 0 ? other(piece) : piece
        try communicator.startReceive(into: target, from: partner, in: &course.requests)
      }
    }
  }

  private func end(_ stage: Int, _ piece: UnsafeMutableBufferPointer<Element>) {
    guard ranks.member != nil else { return }
    if stage == 0 {
      if ranks.partner != nil { add(other(piece), to: piece) }
    } else if stage <= ranks.depth {
      add(other(piece), to: piece)
    }
    // Before the sum goes to the folded ranks: they do no arithmetic.
    if stage == ranks.depth { scale(piece, by: factor) }
  }

  /// Where another rank's piece arrives.
  private func other(
    _ piece: UnsafeMutableBufferPointer<Element>
  ) -> UnsafeMutableBufferPointer<Element> {
    room.withUnsafeMutableBufferPointer { $0.part(0..<piece.count) }
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
