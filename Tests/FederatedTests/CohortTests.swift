import Federated
import Testing

@Suite struct CohortTests {
  private let sizes = (0..<100).map { $0 + 1 }

  @Test func fixedCohortsHaveTheirSizeAndDifferByRound() {
    let sampler = FixedCohort(size: 10)
    let first = sampler.cohort(round: 1, sizes: sizes, seed: 5)
    #expect(Set(first).count == 10)
    #expect(first == first.sorted())
    #expect(sampler.cohort(round: 1, sizes: sizes, seed: 5) == first)
    #expect(sampler.cohort(round: 2, sizes: sizes, seed: 5) != first)
  }

  @Test func fixedCohortsChooseAllAlikeOften() {
    var counts = [Int](repeating: 0, count: 100)
    for round in 1...2000 {
      for client in FixedCohort(size: 10).cohort(round: round, sizes: sizes, seed: 1) {
        counts[client] += 1
      }
    }
    // 200 expected each, deviation 13.4: five deviations.
    #expect(counts.allSatisfy { (133...267).contains($0) })
  }

  @Test func poissonCohortsHaveTheirSizeOnAverage() {
    let total = (1...2000).reduce(0) {
      $0 + PoissonCohort(rate: 0.1).cohort(round: $1, sizes: sizes, seed: 1).count
    }
    // 20000 expected, deviation 134.
    #expect((19330...20670).contains(total))
  }

  @Test func weightedCohortsPreferTheLarge() {
    var counts = [Int](repeating: 0, count: 100)
    for round in 1...500 {
      let cohort = WeightedCohort(size: 5).cohort(round: round, sizes: sizes, seed: 1)
      #expect(Set(cohort).count == 5)
      for client in cohort { counts[client] += 1 }
    }
    #expect(counts[50...].reduce(0, +) > 2 * counts[..<50].reduce(0, +))
  }

  @Test func moreThanThereAreIsRefused() {
    #expect(throws: FederationError.self) { try FixedCohort(size: 11).check(clients: 10) }
    #expect(throws: FederationError.self) { try WeightedCohort(size: 11).check(clients: 10) }
  }

  @Test func scheduleGivesTheLongestFirstToTheIdlest() {
    let schedule = CohortSchedule([0, 1, 2, 3, 4], costs: [3, 7, 5, 4, 2], ranks: 2)
    #expect(schedule.ranks == [[1, 0], [2, 3, 4]])
  }

  @Test func scheduleKeepsClientsAtHome() {
    let schedule = CohortSchedule([0, 1, 2, 3], costs: [1, 9, 1, 9], ranks: 2) { $0 % 2 }
    #expect(schedule.ranks == [[0, 2], [1, 3]])
  }

  @Test func dropoutsAndTheLateAreLeftOut() {
    var availability = Availability()
    availability.dropout = 0.3
    availability.speedDeviation = 1
    availability.deadline = 1.5
    let cohort = Array(0..<100)
    let outcome = availability.outcome(
      cohort: cohort, wanted: nil, sizes: sizes, round: 1, seed: 1)
    #expect((15...45).contains(outcome.dropped.count))
    #expect(!outcome.late.isEmpty)
    #expect((outcome.participants + outcome.dropped + outcome.late).sorted() == cohort)
  }

  @Test func overSelectionKeepsTheFirstToEnd() {
    var availability = Availability()
    availability.overSelection = 0.5
    let outcome = availability.outcome(
      cohort: [3, 8, 9], wanted: 2, sizes: sizes, round: 1, seed: 1)
    #expect(outcome.participants == [3, 8])
    #expect(outcome.late == [9])
    #expect(outcome.time == 9)
  }

  @Test func sumsThatMightOverflowAreRefused() throws {
    var fixed = FixedPoint()
    try fixed.check(totalWeight: 1 << 27)
    #expect(throws: FederationError.self) { try fixed.check(totalWeight: 1 << 28) }
    fixed.bits = 30
    try fixed.check(totalWeight: 1 << 29)
  }
}
