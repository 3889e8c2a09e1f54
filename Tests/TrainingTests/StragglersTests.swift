import Testing
import Training

@Suite struct StragglersTests {
  private func ranks(_ change: (inout [RankTimes]) -> Void) -> Stragglers {
    var times = (0..<8).map { _ in RankTimes(compute: 8, input: 1, wait: 1, link: 1e-4) }
    change(&times)
    return Stragglers(times)
  }

  @Test func equalRanksHoldNobodyUp() {
    #expect(ranks { _ in }.rows.isEmpty)
  }

  @Test func findsTheRankThatComputesLonger() {
    let rows = ranks {
      $0[3].compute = 9
      $0[3].wait = 0
    }.rows
    #expect(rows.map(\.rank) == [3])
    #expect(rows.map(\.reason) == [.compute])
    #expect(rows.first?.excess == 1)
  }

  @Test func findsTheRankThatWaitsForItsSamples() {
    let rows = ranks { $0[5].input = 2 }.rows
    #expect(rows.map(\.rank) == [5])
    #expect(rows.map(\.reason) == [.input])
  }

  @Test func findsTheRankWithTheSlowLink() {
    let rows = ranks { $0[2].link = 1e-3 }.rows
    #expect(rows.map(\.rank) == [2])
    #expect(rows.map(\.reason) == [.network])
  }

  @Test func aSlowLinkThatNobodyWaitsForDoesNotMatter() {
    let rows = ranks {
      for rank in $0.indices { $0[rank].wait = 0 }
      $0[2].link = 1e-3
    }.rows
    #expect(rows.isEmpty)
  }

  @Test func theSlowestComeFirst() {
    let rows = ranks {
      $0[1].compute = 9
      $0[6].compute = 10
      $0[4].compute = 8.5
      $0[0].compute = 8.4
    }.rows
    #expect(rows.map(\.rank) == [6, 1, 4])
  }

  @Test func tellsTheSlowerOfTwo() {
    let rows = Stragglers([RankTimes(compute: 8, wait: 1), RankTimes(compute: 9)]).rows
    #expect(rows.map(\.rank) == [1])
  }

  @Test func noiseIsLeftOut() {
    #expect(ranks { $0[1].compute = 8.1 }.rows.isEmpty)
  }
}
