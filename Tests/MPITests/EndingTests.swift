import Foundation
import MPI
import Testing

/// How jobs end that do not end well: each test starts this test binary again, under mpirun.
@Suite(.serialized, .enabled(if: Scenario.current == nil)) struct EndingTests {
  @Test func thrownErrorIsPrintedOnceAndEndsAllRanksWithItsCode() throws {
    let job = try Job(ranks: 3, scenario: "throwOnOne", filter: "MPITests.ScenarioTests")
    #expect(job.exitCode == 42)
    #expect(job.output.components(separatedBy: "the disk is full").count == 2)
    #expect(job.output.contains(/rank 1 of 3 on \S+: the disk is full\n/))
  }

  @Test func errorOfAllRanksIsPrintedByTheRootAlone() throws {
    let job = try Job(ranks: 3, scenario: "throwOnAll", filter: "MPITests.ScenarioTests")
    #expect(job.exitCode == 2)
    #expect(job.output.components(separatedBy: "no such file").count == 2)
    #expect(job.output.contains("rank 0 of 3"))
  }

  @Test func resultOfTheBodyIsReturned() throws {
    let job = try Job(ranks: 2, scenario: "return", filter: "MPITests.ScenarioTests")
    #expect(job.exitCode == 0)
    #expect(job.output.contains("the sum is 3"))
  }

  @Test func abandonedRequestsDoNotHideTheErrorThatEndsTheJob() throws {
    let job = try Job(ranks: 1, scenario: "abandon", filter: "MPITests.ScenarioTests")
    #expect(job.exitCode == 2)
    #expect(job.output.contains("rank 0 of 1"))
    #expect(job.output.contains("the peer is gone"))
  }

  @Test func requestDroppedInFlightTrapsWithItsName() throws {
    let job = try Job(ranks: 1, scenario: "drop", filter: "RankTests.Ranks/Scenarios")
    #expect(job.exitCode != 0)
    #expect(job.output.contains("MPI_Irecv: a request was dropped before it was complete"))
  }

  @Test func watchdogNamesTheRankThatHangsAndItsStep() throws {
    let job = try Job(ranks: 3, scenario: "hang", filter: "RankTests.Ranks/Scenarios")
    #expect(job.exitCode == 99)
    #expect(job.output.contains(/rank 2 of 3 on \S+ hangs: .*lastRankStaysAway.*: sleeping/))
    #expect(job.output.contains(/rank 0 of 3 on \S+ hangs: .*: before the barrier/))
  }
}

/// What the jobs of `EndingTests` run.
@Suite(.serialized, .enabled(if: Scenario.current != nil)) struct ScenarioTests {
  struct Failure: Error, CustomStringConvertible { let description: String }

  @Test func scenario() throws {
    let scenario = try #require(Scenario.current)
    let sum = withMPI(describing: { ("\($0)", scenario == "throwOnOne" ? 42 : 2) }) { world in
      switch scenario {
      case "throwOnOne":
        if world.rank == 1 { throw Failure(description: "the disk is full") }
        // The others wait for a rank that never comes.
        try world.barrier()
      case "throwOnAll":
        throw Failure(description: "no such file")
      case "abandon":
        var requests = RequestSet(capacity: 1)
        let memory = UnsafeMutableBufferPointer<Int>.allocate(capacity: 1)
        try world.startReceive(into: memory, from: 0, in: &requests)
        requests.abandon()
        throw Failure(description: "the peer is gone")
      default: break
      }
      return try world.allReduce(world.rank + 1, .sum)
    }
    #expect(sum == 3)
    print("the sum is \(sum)")
  }
}

enum Scenario {
  static let variable = "RANK_TEST_SCENARIO"
  static let current = ProcessInfo.processInfo.environment[variable]
}

/// A run of this test binary under mpirun.
private struct Job {
  let exitCode: Int32
  /// Standard output and standard error.
  let output: String

  init(ranks: Int, scenario: String, filter: String) throws {
    let binary = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "mpirun", "-n", "\(ranks)", "--oversubscribe", binary, "--testing-library", "swift-testing",
      "--no-parallel", "--filter", filter,
    ]
    process.environment = ProcessInfo.processInfo.environment.merging([
      Scenario.variable: scenario, "RANK_TEST_SECONDS": "5",
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    ]) { $1 }
    let pipe = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    exitCode = process.terminationStatus
  }
}
