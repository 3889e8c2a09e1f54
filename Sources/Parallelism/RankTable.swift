/// What one rank knows of all ranks, and whom it holds to be lost: the rules of ``RankMonitor``.
///
/// Every rank counts its beats. A rank that is well beats on whatever its main thread does, so
///
/// - a rank whose beat stands still for longer than the limit is stopped or cut off;
/// - a rank that beats, but has not come to a sum in which another has waited for longer than the
///   limit, is behind: it hangs somewhere, or is in another part of the program;
/// - a rank whose process is gone is lost after a moment in which an error of its own may end the job;
/// - when the launcher has asked this rank to end, a silence of a moment is enough: launchers do so
///   when a rank has died.
///
/// Times are of this rank's own clock, since when it saw something change: clocks need not agree.
package struct RankTable {
  /// What a rank says of itself.
  package struct State: Equatable {
    /// Counts the looks of its monitor.
    package var beat: Int64 = 0
    /// The sums over ranks that it has started in all.
    package var sequence: Int64 = 0
    /// The step in which it is, from 1.
    package var step: Int64 = 0
    /// The bucket that it started last.
    package var bucket: Int64 = 0
    /// Whether it waits for that sum.
    package var isWaiting: Int64 = 0

    package init(
      beat: Int64 = 0, sequence: Int64 = 0, step: Int64 = 0, bucket: Int64 = 0, isWaiting: Int64 = 0
    ) {
      self.beat = beat
      self.sequence = sequence
      self.step = step
      self.bucket = bucket
      self.isWaiting = isWaiting
    }

    /// Numbers of a state in a message.
    package static let count = 5
  }

  /// Why a rank is held to be lost.
  package enum Reason: Equatable {
    case ended
    case silent(seconds: Double)
    case behind(seconds: Double)
  }

  /// The moment in which an ended rank's own error may end the job.
  package static let grace = 0.5

  package let rank: Int
  package private(set) var states: [State]
  private var heard: [Double]
  /// Since when a rank keeps others waiting without starting another sum.
  private var behind: [(sequence: Int64, since: Double)?]
  private var gone: [Double?]
  private var lastLook: Double
  private let moment: Double

  /// - Parameters:
  ///   - period: seconds between beats.
  ///   - hops: exchanges until all ranks have heard of a beat.
  package init(rank: Int, count: Int, now: Double, period: Double, hops: Int) {
    self.rank = rank
    states = Array(repeating: State(), count: count)
    heard = Array(repeating: now, count: count)
    behind = Array(repeating: nil, count: count)
    gone = Array(repeating: nil, count: count)
    lastLook = now
    moment = 0.5 + period * Double(hops + 1)
  }

  /// Says what this rank does.
  package mutating func update(_ state: State, now: Double) {
    let beat = states[rank].beat + 1
    states[rank] = state
    states[rank].beat = beat
    heard[rank] = now
  }

  /// Learns of a rank from a message; older news is ignored.
  package mutating func learn(_ state: State, of rank: Int, now: Double) {
    guard rank != self.rank, state.beat > states[rank].beat else { return }
    states[rank] = state
    heard[rank] = now
  }

  /// The ranks that are held to be lost.
  ///
  /// - Parameters:
  ///   - limit: seconds.
  ///   - isTerminating: whether the launcher has asked this rank to end.
  ///   - hasEnded: whether a rank's process is known to be gone.
  package mutating func lost(
    now: Double, limit: Double, isTerminating: Bool, hasEnded: (Int) -> Bool
  ) -> [(rank: Int, reason: Reason)] {
    // A rank that was stopped itself, with the whole job or its machine, has heard of nobody.
    let wasAway = now - lastLook > 2
    lastLook = now
    if wasAway {
      for rank in states.indices { (heard[rank], behind[rank]) = (now, nil) }
    }
    let awaited = states.filter { $0.isWaiting != 0 }.map(\.sequence).max()
    var lost: [(rank: Int, reason: Reason)] = []
    for rank in states.indices where rank != self.rank {
      gone[rank] = hasEnded(rank) ? gone[rank] ?? now : nil
      let sequence = states[rank].sequence
      if let awaited, sequence < awaited {
        // What is known of fast ranks is always a little old: only one that stands still is behind.
        if behind[rank]?.sequence != sequence { behind[rank] = (sequence, now) }
      } else {
        behind[rank] = nil
      }
      let silence = now - heard[rank]
      if let since = gone[rank], now - since > Self.grace {
        lost.append((rank, .ended))
      } else if silence > (isTerminating ? min(moment, limit) : limit) {
        lost.append((rank, .silent(seconds: silence)))
      } else if let since = behind[rank]?.since, now - since > limit {
        lost.append((rank, .behind(seconds: now - since)))
      }
    }
    return lost
  }
}
