public import MPI

/// The all-reduce for middling buffers: reduce-scatter by recursive halving, all-gather by recursive
/// doubling.
///
/// In step t of the first half a rank exchanges half of what it still works on with the partner P /
/// 2^(t + 1) away, and adds up the half it keeps. In the second half the same partners, in reverse
/// order, exchange what they have. What they exchange travels in segments; see `StageCourse`.
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
      on: self.communicator, stageCount: 2 * ranks.depth + 2, segmentBytes: segmentBytes,
      depth: depth)
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

  // Stage 0 folds ranks in; with d = log2 P, stages 1 to d halve, d + 1 to 2 d double, and the last
  // one gives the folded ranks the sum.
  private var lastStage: Int { 2 * ranks.depth + 1 }

  private func exchange(
    _ stage: Int, _ buffer: UnsafeMutableBufferPointer<Element>
  ) -> StageCourse<Element>.Exchange? {
    guard stage > 0, stage < lastStage else {
      return ranks.fold(buffer, isIn: stage == 0)
    }
    guard let member = ranks.member else { return nil }
    let step = step(of: stage)
    let peer = peer(of: member, step)
    let mine = buffer.part(range(member, step + 1, buffer.count))
    let theirs = buffer.part(range(peer, step + 1, buffer.count))
    let isHalving = stage <= ranks.depth
    return .init(
      peer: ranks.rank(of: peer), sent: isHalving ? theirs : mine,
      received: isHalving ? mine : theirs, isAdded: isHalving)
  }

  private func end(_ stage: Int, _ buffer: UnsafeMutableBufferPointer<Element>) {
    guard stage == ranks.depth, let member = ranks.member else { return }
    scale(buffer.part(range(member, ranks.depth, buffer.count)), by: factor)
  }

  /// Halving goes through the steps forwards, doubling backwards.
  private func step(of stage: Int) -> Int {
    stage <= ranks.depth ? stage - 1 : 2 * ranks.depth - stage
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
}
