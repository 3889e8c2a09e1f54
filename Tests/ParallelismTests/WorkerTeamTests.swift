import Parallelism
import Synchronization
import Testing

@Suite struct WorkerTeamTests {
  @Test(arguments: [1, 2, 5])
  func everyWorkerRunsOnceACall(count: Int) {
    let team = WorkerTeam(count: count)
    defer { team.end() }
    for _ in 0..<200 {
      let runs = (0..<count).map { _ in Counter() }
      team.run { runs[$0].value.add(1, ordering: .relaxed) }
      #expect(runs.map { $0.value.load(ordering: .relaxed) } == [Int](repeating: 1, count: count))
    }
  }

  private final class Counter: Sendable {
    let value = Atomic(0)
  }
}
