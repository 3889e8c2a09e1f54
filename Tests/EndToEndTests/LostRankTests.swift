import Foundation
import Testing

extension EndToEnd {
  /// Ranks that die, hang or have another job: the others end by themselves and say who it was.
  @Suite struct LostRankTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Trains on four ranks, sends a signal to one of them, and waits for the end.
    private func train(set: [String], signal: Int32, seconds: Double) throws -> Command {
      let output = folder("run")
      let set = ["training.epochs=100000", "checkpoint.everySteps=10"] + set
      let words = Command.words(TrainedFolder.arguments(digits, output, set: set), ranks: 4)
      let running = try RunningCommand(words)
      let run = TrainedFolder(path: output)
      try #require(running.wait(seconds: 60) { run.stepInProgress >= 15 })
      let ranks = running.processes.filter { $0.name == "trireme" }
      try #require(ranks.count == 4)
      kill(ranks[2].pid, signal)
      return try Command.end(of: running, words, timeout: seconds)
    }

    @Test func killedRankIsNamedAndItsLastCheckpointResumes() throws {
      let command = try train(set: [], signal: SIGKILL, seconds: 10)
      #expect(command.exitCode != 0)
      #expect(
        command.stderr.contains(
          /rank \d on \S+ was lost in step \d+, bucket \d+: its process has ended/),
        "\(command.stderr)")
      let again = try TrainedFolder.train(
        digits, in: folder("run"), ranks: 2, set: ["training.epochs=1"], resume: "auto")
      #expect(try again.events("resume").count == 1)
    }

    @Test func stoppedRankEndsTheOthersAfterTheSetTime() throws {
      let command = try train(set: ["parallel.timeoutSeconds=2"], signal: SIGSTOP, seconds: 30)
      #expect(command.exitCode == 76)
      // Both are true of it after the same two seconds; whichever is seen first is told.
      #expect(
        command.stderr.contains(
          /rank \d on \S+ was lost in step \d+, bucket \d+: (nothing was heard|others have waited)/),
        "\(command.stderr)")
      let events = try TrainedFolder(path: folder("run")).events("lost")
      // Rank 0 writes the events, unless it was the one that was stopped.
      #expect(events.count <= 1)
    }

    /// For where MPI lets ranks outlive others, see `Tests/ulfm.sh`.
    @Test func shrinkingIsRefusedWhereTheLibraryCannot() throws {
      let command = try Command.run(
        words: Command.words(
          TrainedFolder.arguments(digits, folder("run"), set: ["parallel.onFailure=shrink"]),
          ranks: 2), timeout: 30)
      #expect(command.exitCode == 2)
      #expect(command.stderr.contains("build with Open MPI 5"), "\(command.stderr)")
      #expect(command.messages == 1, "\(command.stderr)")
    }

    @Test func rankWithAnotherJobEndsAllBeforeTheFirstStep() throws {
      let out = folder("out")
      let command = try Command.run(
        words: ["mpirun", "--oversubscribe", "-n", "1", trireme]
          + TrainedFolder.arguments(digits, out) + [":", "-n", "1", trireme]
          + TrainedFolder.arguments(digits, out, set: ["training.seed=8"]), timeout: 30)
      #expect(command.exitCode == 2)
      #expect(
        command.stderr.contains(
          /rank 1 on \S+ has another job file than rank 0 on \S+: hash [0-9a-f]{16} instead of [0-9a-f]{16}/
        ),
        "\(command.stderr)")
      #expect(command.messages == 1, "\(command.stderr)")
      #expect(!FileManager.default.fileExists(atPath: out))
    }
  }
}
