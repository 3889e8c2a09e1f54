import Glibc
public import MPI
import Synchronization

/// A reduction among ranks that are objects of one process, for tests of what stands above: any number
/// of ranks, no launcher, and the test decides who moves when.
///
/// ```swift
/// let ranks = InProcessReduction.ranks(16)      // ranks[r] belongs to rank r
/// ```
///
/// A sum is complete on a rank that advances after all ranks have started it; it is taken in the order
/// of ranks. A rank that starts a sum of another size than the others traps and says so.
public final class InProcessReduction: StartedReduction {
  /// A sum that not all ranks have taken yet.
  private struct Round {
    var parts: [[Float]?]
    var takers = 0
    var isComplete: Bool { parts.allSatisfy { $0 != nil } }
  }

  /// What ranks share: their sums by number.
  private final class Board: Sendable {
    let rounds = Mutex<[Int: Round]>([:])
  }

  /// This rank's number.
  public let rank: Int
  /// The number of ranks.
  public let size: Int
  private let board: Board
  private var sequence = 0
  private var flight: (result: UnsafeMutableBufferPointer<Float>, factor: Float)?

  private init(_ rank: Int, of size: Int, _ board: Board) {
    self.rank = rank
    self.size = size
    self.board = board
  }

  /// The reductions of `size` ranks that add up with each other.
  public static func ranks(_ size: Int) -> [InProcessReduction] {
    let board = Board()
    return (0..<size).map { InProcessReduction($0, of: size, board) }
  }

  /// Starts this rank's next sum; see ``StartedReduction``.
  public func start(
    _ parts: [UnsafeMutableBufferPointer<Float>], into result: UnsafeMutableBufferPointer<Float>,
    scaledBy factor: Float
  ) throws(MPIError) {
    precondition(flight == nil, "rank \(rank) has a sum under way")
    var own = [Float](repeating: 0, count: result.count)
    for part in parts { for index in own.indices { own[index] += part[index] } }
    let mine = own
    board.rounds.withLock { rounds in
      var round = rounds[sequence] ?? Round(parts: Array(repeating: nil, count: size))
      if let other = round.parts.compactMap({ $0 }).first, other.count != mine.count {
        preconditionFailure(
          "in sum \(sequence) rank \(rank) has \(mine.count) elements, another \(other.count)")
      }
      round.parts[rank] = mine
      rounds[sequence] = round
    }
    flight = (result, factor)
  }

  /// Takes the sum if all ranks have started it; see ``StartedReduction``.
  public func advance(waiting: Bool) throws(MPIError) -> Bool {
    guard let (result, factor) = flight else { return true }
    while true {
      let sum = board.rounds.withLock { rounds -> [Float]? in
        guard var round = rounds[sequence], round.isComplete else { return nil }
        var sum = [Float](repeating: 0, count: result.count)
        for part in round.parts.compactMap({ $0 }) {
          for index in sum.indices { sum[index] += part[index] }
        }
        round.takers += 1
        rounds[sequence] = round.takers == size ? nil : round
        return sum
      }
      if let sum {
        for index in sum.indices { result[index] = sum[index] * factor }
        flight = nil
        sequence += 1
        return true
      }
      guard waiting else { return false }
      sched_yield()
    }
  }

  /// Forgets the sum under way; the other ranks never get it.
  public func abandon() { flight = nil }
}
