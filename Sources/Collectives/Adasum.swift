internal import CKernels
public import MPI

/// Adasum: gradients of ranks combined pairwise so that what they agree on is averaged and what they
/// do not is added, parameter by parameter.
///
///     adasum(a, b) = (1 - a·b / 2 a·a) a + (1 - a·b / 2 b·b) b
///
///     rank 0   a ─┐         ┌─ ab ─┐
///     rank 1   b ─┴─ adasum ┴─ ab ─┼─ adasum ─ abcd         log2 P steps, N bytes each
///     rank 2   c ─┐         ┌─ cd ─┤
///     rank 3   d ─┴─ adasum ┴─ cd ─┘
///
/// Orthogonal gradients are summed, equal ones averaged. Both ranks of a pair compute the same from the
/// same, the lower one's gradient first, so that all ranks end with the same bits. Of other numbers of
/// ranks than powers of two, the first ones go in pairs, as in ``RecursiveDoubling``.
///
/// Parts are shares of one mean: each is multiplied by P to be a rank's own mean first.
///
/// Source: Maleki et al., "Scaling distributed training with adaptive summation", MLSys 2021.
public final class Adasum: StartedReduction {
  private let communicator: Communicator
  private let ranks: FoldedRanks
  private let places: [Range<Int>]
  private let course: StageCourse<Float>
  private var room: Buffer<Float>
  private var factor: Float = 1

  /// Collective.
  ///
  /// - Parameters:
  ///   - count: elements of the bucket.
  ///   - places: the parameters in it, each of which is combined by itself; others are summed.
  public init(
    count: Int, places: [Range<Int>], on communicator: Communicator
  ) throws(MPIError) {
    self.communicator = try communicator.duplicate()
    self.places = places
    ranks = FoldedRanks(rank: communicator.rank, size: communicator.size)
    course = StageCourse(on: self.communicator, stageCount: ranks.depth + 2)
    room = Buffer(repeating: 0, count: count)
  }

  /// Starts to combine one part of each rank; see ``StartedReduction``.
  public func start(
    _ parts: [UnsafeMutableBufferPointer<Float>], into result: UnsafeMutableBufferPointer<Float>,
    scaledBy factor: Float
  ) throws(MPIError) {
    precondition(
      parts.count == 1 && result.count == room.count,
      "\(parts.count) parts of \(result.count) elements, laid out for one of \(room.count)")
    if let own = parts[0].baseAddress, let target = result.baseAddress, own != target {
      target.update(from: own, count: result.count)
    }
    scale(result, by: Float(communicator.size))
    self.factor = factor
    course.start(result)
    _ = try advance(waiting: false)
  }

  /// Goes on; see ``StartedReduction``.
  public func advance(waiting: Bool) throws(MPIError) -> Bool {
    try course.advance(
      waiting: waiting, begin: { stage, whole in exchange(stage, whole) },
      end: { stage, whole in end(stage, whole) })
  }

  /// Gives up after an error.
  public func abandon() { course.abandon() }

  // Stage 0 folds ranks in, stage 1 + t is step t, the last stage gives the folded ranks the result.

  private func exchange(
    _ stage: Int, _ whole: UnsafeMutableBufferPointer<Float>
  ) -> StageCourse<Float>.Exchange? {
    guard stage > 0, stage <= ranks.depth else {
      // The lower one of a pair sends first and receives last.
      guard var fold = ranks.fold(whole, isIn: stage == 0, isAdded: false) else { return nil }
      if stage == 0, fold.received != nil { fold.received = other }
      return fold
    }
    guard let member = ranks.member else { return nil }
    return .init(
      peer: ranks.rank(of: member ^ 1 << (stage - 1)), sent: whole, received: other,
      isAdded: false)
  }

  private func end(_ stage: Int, _ whole: UnsafeMutableBufferPointer<Float>) {
    guard let member = ranks.member else { return }
    if stage == 0 {
      // A rank without a number is the lower one of its pair.
      if ranks.partner != nil { combine(whole, isFirst: false) }
    } else if stage <= ranks.depth {
      combine(whole, isFirst: member & 1 << (stage - 1) == 0)
    }
    if stage == ranks.depth { scale(whole, by: factor) }
  }

  /// Combines this rank's elements with those that arrived.
  private func combine(_ whole: UnsafeMutableBufferPointer<Float>, isFirst: Bool) {
    guard let mine = whole.baseAddress, let theirs = other.baseAddress else { return }
    var end = 0
    for place in places {
      sum(mine, theirs, end..<place.lowerBound)
      let (a, b) = (mine + place.lowerBound, theirs + place.lowerBound)
      let product = ck_dot64(a, b, place.count)
      let own = weight(product, ck_sum_of_squares(a, place.count))
      let others = weight(product, ck_sum_of_squares(b, place.count))
      // One order of operands on both ranks.
      if isFirst {
        ck_combine(a, a, own, b, others, place.count)
      } else {
        ck_combine(a, b, others, a, own, place.count)
      }
      end = place.upperBound
    }
    sum(mine, theirs, end..<whole.count)
  }

  private func weight(_ product: Double, _ square: Double) -> Float {
    square > 0 ? Float(1 - product / (2 * square)) : 1
  }

  private func sum(
    _ mine: UnsafeMutablePointer<Float>, _ theirs: UnsafeMutablePointer<Float>, _ range: Range<Int>
  ) {
    guard !range.isEmpty else { return }
    Float.add(theirs + range.lowerBound, to: mine + range.lowerBound, count: range.count)
  }

  /// Where the other rank's elements arrive. The memory lives as long as this object.
  private var other: UnsafeMutableBufferPointer<Float> {
    room.withUnsafeMutableBufferPointer { $0 }
  }
}
