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
  private let course: StageCourse<Element>
  private var factor: Element.Accumulator = 1

  /// Makes the algorithm and its scratch memory: `depth` segments. Collective.
  ///
  /// - Parameters:
  ///   - segmentBytes: see ``Ring``.
  ///   - depth: how many messages are in flight in each direction; see ``Ring``.
  public init(
    on communicator: Communicator, segmentBytes: Int? = nil, depth: Int? = nil
  ) throws(MPIError) {
    self.communicator = try communicator.duplicate()
    ranks = FoldedRanks(rank: communicator.rank, size: communicator.size)
    course = StageCourse(
      on: self.communicator, stageCount: ranks.depth + 2, segmentBytes: segmentBytes, depth: depth)
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
      waiting: waiting, begin: { stage, buffer in exchange(stage, buffer) },
      end: { stage, buffer in end(stage, buffer) })
  }

  /// Gives up after an error.
  public func abandon() { course.abandon() }

  // Stage 0 folds ranks in, stage 1 + t is step t, the last stage gives the folded ranks the sum.

  private func exchange(
    _ stage: Int, _ buffer: UnsafeMutableBufferPointer<Element>
  ) -> StageCourse<Element>.Exchange? {
    guard stage > 0, stage <= ranks.depth else {
      return ranks.fold(buffer, isIn: stage == 0)
    }
    guard let member = ranks.member else { return nil }
    return .init(
      peer: ranks.rank(of: member ^ 1 << (stage - 1)), sent: buffer, received: buffer,
      isAdded: true)
  }

  private func end(_ stage: Int, _ buffer: UnsafeMutableBufferPointer<Element>) {
    // Before the sum goes to the folded ranks: they do no arithmetic.
    if stage == ranks.depth, ranks.member != nil { scale(buffer, by: factor) }
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
