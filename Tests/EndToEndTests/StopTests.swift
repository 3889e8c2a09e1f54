import Foundation
import Testing

extension EndToEnd {
  /// Trainings that are asked to save, or to save and stop.
  @Suite struct StopTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Starts a training of some seconds on two ranks, asks for something, and waits for the end.
    private func train(
      set: [String],
      asking ask: (_ running: RunningCommand, _ output: String) throws -> Void
    ) throws -> Command {
      let output = folder("run")
      let words = Command.words(TrainedFolder.arguments(digits, output, set: set), ranks: 2)
      let running = try RunningCommand(words)
      let run = TrainedFolder(path: output)
      try #require(running.wait(seconds: 60) { run.stepInProgress >= 5 })
      try ask(running, output)
      return try Command.end(of: running, words)
    }

    @Test(arguments: [SIGUSR2, SIGTERM]) func signalToOneRankSavesAndStopsAll(signal: Int32) throws
    {
      let command = try train(set: ["training.epochs=100000"]) { running, _ in
        let ranks = running.processes.filter { $0.name == "trireme" }
        try #require(ranks.count == 2)
        kill(ranks[1].pid, signal)
      }
      #expect(command.exitCode == 75)
      #expect(command.stdout.contains(/stopped at step \d+ as asked; go on with --resume auto/))
      let run = TrainedFolder(path: folder("run"))
      let saved = try run.events("checkpoint").last?["step"] as? Int
      #expect(try saved == run.events("train").last?["step"] as? Int)
    }

    @Test func stopFileIsHonouredAndRemoved() throws {
      let command = try train(set: ["training.epochs=100000"]) { _, output in
        try Data().write(to: URL(fileURLWithPath: output + "/stop"))
      }
      #expect(command.exitCode == 75)
      #expect(!FileManager.default.fileExists(atPath: folder("run/stop")))
    }

    @Test func signalToSaveDoesNotStop() throws {
      let command = try train(set: ["training.epochs=30", "checkpoint.everySteps=never"]) {
        running, _ in
        let ranks = running.processes.filter { $0.name == "trireme" }
        try kill(#require(ranks.first).pid, SIGUSR1)
      }
      #expect(command.exitCode == 0)
      #expect(try TrainedFolder(path: folder("run")).events("checkpoint").count == 2)
    }

    @Test func runCutByItsTimeLimitGoesOnToTheSameBits() throws {
      let set = ["training.steps=30"]
      let whole = try TrainedFolder.train(digits, in: folder("whole"), set: set)
      let command = try Command.run(
        TrainedFolder.arguments(digits, folder("cut"), set: set) + ["--time-limit", "1"], ranks: 2)
      #expect(command.exitCode == 75)
      let cut = try TrainedFolder.train(
        digits, in: folder("cut"), ranks: 4, set: set, resume: "auto")
      try expectEqual(whole.latest, cut.latest)
    }
  }
}
