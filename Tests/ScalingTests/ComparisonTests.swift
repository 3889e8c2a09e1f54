import Scaling
import Testing

@Suite struct ComparisonTests {
  @Test func aLossBeyondTheScatterIsFound() throws {
    let comparison = Comparison(
      try results(efficiency: [0.7, 0.71, 0.72]), with: try results(efficiency: [0.9, 0.91, 0.92]))
    #expect(comparison.rows.filter(\.isLoss).map(\.quantity) == ["samples/s", "efficiency"])
  }

  @Test func scatterIsNoLoss() throws {
    let comparison = Comparison(
      try results(efficiency: [0.8, 0.85, 0.95]), with: try results(efficiency: [0.84, 0.9, 0.96]))
    #expect(!comparison.hasLoss)
  }

  @Test func aSmallLossIsTolerated() throws {
    let comparison = Comparison(
      try results(efficiency: [0.89, 0.89, 0.89]), with: try results(efficiency: [0.9, 0.9, 0.9]))
    #expect(!comparison.hasLoss)
  }

  @Test func aGainIsNoLoss() throws {
    #expect(!Comparison(try results(efficiency: [1, 1, 1]), with: try results()).hasLoss)
  }

  @Test func onAnotherMachineOnlyEfficienciesCount() throws {
    let comparison = Comparison(
      try results(processor: "a slower one", rate: 0.1), with: try results())
    #expect(Set(comparison.rows.map(\.quantity)) == ["efficiency"])
    #expect(!comparison.hasLoss)
    #expect(comparison.notes.first?.contains("another machine") == true)
  }

  @Test func twoRoundsTellNothing() throws {
    let comparison = Comparison(
      try results(efficiency: [0.1, 0.1]), with: try results(efficiency: [0.9, 0.9]))
    #expect(!comparison.hasLoss)
    #expect(comparison.notes.contains { $0.contains("--repeat 3") })
  }

  @Test func theChanceOfAllLowerIsOneInAllOrders() throws {
    #expect(abs(MannWhitney.chance(of: [1, 2, 3], below: [4, 5, 6]) - 1.0 / 20) < 1e-12)
  }

  @Test func theChanceIsThatOfTheTable() throws {
    // U = 2 of 5 and 5: 4 of 252 orders.
    let chance = MannWhitney.chance(of: [1, 2, 3, 4, 7.5], below: [5, 6, 8, 9, 10])
    #expect(abs(chance - 4.0 / 252) < 1e-12)
  }

  @Test func equalSamplesAreLikely() throws {
    #expect(MannWhitney.chance(of: [1, 1, 1], below: [1, 1, 1]) > 0.5)
  }
}
