import Parallelism
import Scaling
import Testing

/// Answers of a forecast.
@Suite struct ForecastTests {
  private let profile = StepProfile(
    job: "hand", samples: 8, opMicroseconds: Array(repeating: 1000, count: 10),
    parameters: (1...5).map { .init(end: $0 * 100_000, readyAfterOp: $0 + 4) },
    updateMicroseconds: 100, addRate: 8,
    loads: [.init(samples: 1, microseconds: 2000)])

  private func forecast(_ network: Network, _ mode: ScalingMode = .weak) -> Forecast {
    Forecast(profile, ranks: [1, 2, 4, 8, 16], on: network, mode: mode)
  }

  @Test func beginsWithOneRankAtFullEfficiency() {
    #expect(forecast(Network.named[0]).rows[0].efficiency == 1)
  }

  @Test func efficientRankCountsAreThoseOfTheCurve() {
    let forecast = forecast(Network.named[1])
    for row in forecast.rows {
      #expect(row.ranks > forecast.ranksAt80 ?? 0 || row.efficiency >= 0.8)
    }
    #expect(forecast.ranksAt90 ?? 0 <= forecast.ranksAt80 ?? 0)
  }

  @Test func strongScalingEndsWithTheSamples() {
    #expect(forecast(Network.named[1], .strong).rows.map(\.ranks) == [1, 2, 4, 8])
  }

  @Test func slowNetworksAreNamedAsTheLimit() {
    #expect(forecast(Network.named[0]).rows[4].limit.contains("bandwidth"))
  }

  @Test func adviceBeginsWithTheFastest() {
    let choices = forecast(Network.named[0]).advice.algorithms.map(\.step)
    #expect(choices == choices.sorted() && !choices.isEmpty)
  }

  @Test func listsOfRanksMayLeaveNumbersOut() throws {
    #expect(try RankList.numbers(in: "1,2,...,16") == [1, 2, 4, 8, 16])
    #expect(try RankList.numbers(in: "2,6,...,14") == [2, 6, 10, 14])
    #expect(try RankList.numbers(in: "1, 3") == [1, 3])
  }

  @Test(arguments: ["", "0", "2,1", "1,...,4", "1,2,...", "a"])
  func refusesOtherLists(_ text: String) {
    #expect(throws: RankListError.self) { try RankList.numbers(in: text) }
  }
}
