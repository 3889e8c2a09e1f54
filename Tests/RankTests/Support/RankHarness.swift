import Foundation
import MPI
import Testing

// Tests that need more than one rank. Every rank runs the same tests in the same order:
//
//     mpirun -n 3 .build/release/triremePackageTests.xctest \
//       --testing-library swift-testing --no-parallel --filter RankTests
//
// A test is a method of a suite inside `extension Ranks`, and takes its communicator from
// `Ranks.world`. It must call the same collectives on all ranks, and pass on any number of ranks.

/// The root of all rank tests: one at a time, each under the watchdog, each agreed on by all ranks.
@Suite(.serialized, RankTrait()) enum Ranks {
  /// All ranks; MPI is initialised at the first use and finalised when the process exits.
  static let world: Communicator = {
    do {
      let world = try Environment.initialize(threading: .multiple)
      atexit {
        Watchdog.shared.watch("the end of the tests", seconds: Ranks.secondsPerTest)
        try? Environment.finalize()
        Watchdog.shared.rest()
      }
      return world
    } catch {
      abortAllRanks(exitCode: 70, because: "\(error)")
    }
  }()

  /// After how long a test counts as hanging.
  static let secondsPerTest =
    ProcessInfo.processInfo.environment["RANK_TEST_SECONDS"].flatMap(Double.init) ?? 120

  /// Names what this rank does next, for the watchdog's message.
  static func step(_ name: String) { Watchdog.shared.step(name) }

  /// What a test was started for besides the usual run; see `ScenarioTests`.
  static let scenario = ProcessInfo.processInfo.environment["RANK_TEST_SCENARIO"]
}

/// Puts the watchdog over each test, and stops the run when the ranks are not in the same test.
struct RankTrait: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
  ) async throws {
    let name = "\(test.id)".split(separator: "/").dropFirst().joined(separator: "/")
    let world = Ranks.world
    Watchdog.shared.watch(name, seconds: Ranks.secondsPerTest)
    defer { Watchdog.shared.rest() }
    Ranks.step("agreeing on the test")
    let names = try world.allGather(name)
    guard Set(names).count == 1 else {
      abortAllRanks(exitCode: 70, because: "the ranks run different tests: \(names)")
    }
    Ranks.step("running")
    try await body()
  }
}
