import Parallelism
import Testing

/// The rules by which a rank is held to be lost, on a clock of the test's own.
@Suite struct RankTableTests {
  /// Rank 0 of four, which hears of all others at each look unless they are left out.
  private struct Watch {
    var table = RankTable(rank: 0, count: 4, now: 0, period: 0.2, hops: 2)
    var now = 0.0
    var states = [RankTable.State](repeating: .init(), count: 4)

    /// Looks every 0.2 s for a while and returns what the last look found.
    mutating func look(
      for seconds: Double, silent: Set<Int> = [], ended: Set<Int> = [], isTerminating: Bool = false
    ) -> [(rank: Int, reason: RankTable.Reason)] {
      var lost: [(rank: Int, reason: RankTable.Reason)] = []
      for _ in 0..<Int((seconds / 0.2).rounded()) {
        now += 0.2
        table.update(states[0], now: now)
        for rank in 1..<4 where !silent.contains(rank) {
          states[rank].beat += 1
          table.learn(states[rank], of: rank, now: now)
        }
        lost = table.lost(
          now: now, limit: 10, isTerminating: isTerminating, hasEnded: { ended.contains($0) })
      }
      return lost
    }
  }

  @Test func nobodyIsLostWhoBeats() {
    var watch = Watch()
    #expect(watch.look(for: 100).isEmpty)
  }

  @Test func silenceCountsAfterTheLimit() {
    var watch = Watch()
    #expect(watch.look(for: 9, silent: [2]).isEmpty)
    #expect(watch.look(for: 2, silent: [2]).map(\.rank) == [2])
  }

  @Test func silenceOfAMomentCountsWhenTheLauncherEndsTheJob() {
    var watch = Watch()
    #expect(watch.look(for: 0.8, silent: [3], isTerminating: true).isEmpty)
    #expect(watch.look(for: 0.6, silent: [3], isTerminating: true).map(\.rank) == [3])
  }

  @Test func anEndedProcessCountsAfterItsGrace() {
    var watch = Watch()
    #expect(watch.look(for: 0.4, ended: [1]).isEmpty)
    let lost = watch.look(for: 0.6, ended: [1])
    #expect(lost.map(\.rank) == [1])
    #expect(lost.first?.reason == .ended)
  }

  @Test func aRankThatBeatsButKeepsOthersWaitingIsBehind() {
    var watch = Watch()
    for rank in 0..<4 {
      watch.states[rank] = .init(sequence: rank == 2 ? 6 : 7, step: 3, isWaiting: rank == 2 ? 0 : 1)
    }
    #expect(watch.look(for: 9).isEmpty)
    #expect(watch.look(for: 2).map(\.rank) == [2])
    watch.states[2].sequence = 7
    #expect(watch.look(for: 0.2).isEmpty)
  }

  /// News is old: a fast rank always seems to be behind one of whom there is fresher news.
  @Test func aRankThatGoesOnIsNotBehind() {
    var watch = Watch()
    for turn in 1...100 {
      watch.states[1] = .init(beat: watch.states[1].beat, sequence: Int64(100 * turn), isWaiting: 1)
      watch.states[2] = .init(beat: watch.states[2].beat, sequence: Int64(100 * turn - 50))
      watch.states[3] = .init(beat: watch.states[3].beat, sequence: Int64(100 * turn - 70))
      #expect(watch.look(for: 1).isEmpty)
    }
  }

  @Test func nobodyIsBehindWhileNobodyWaits() {
    var watch = Watch()
    watch.states[0].sequence = 7
    #expect(watch.look(for: 100).isEmpty)
  }

  /// After the machine has slept, everybody's silence begins anew.
  @Test func aRankThatWasStoppedItselfBlamesNobody() {
    var watch = Watch()
    #expect(watch.look(for: 1).isEmpty)
    watch.now += 1000
    #expect(watch.look(for: 5, silent: [1, 2, 3]).isEmpty)
    #expect(watch.look(for: 6, silent: [1, 2, 3]).count == 3)
  }

  @Test func oldNewsIsIgnored() {
    var watch = Watch()
    _ = watch.look(for: 2)
    watch.table.learn(.init(beat: 1, sequence: 99), of: 1, now: watch.now)
    #expect(watch.table.states[1].sequence == 0)
  }
}
