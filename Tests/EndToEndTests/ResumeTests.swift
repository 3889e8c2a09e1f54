import Foundation
import Testing

extension EndToEnd {
  /// Trainings that are killed like by a power cut, and go on.
  @Suite struct ResumeTests {
    let folder: TemporaryFolder
    let set = ["training.steps=100", "checkpoint.everySteps=1"]

    init() throws { folder = try TemporaryFolder() }

    /// Trains until the log shows `step`, then kills all processes.
    private func trainAndKill(
      atStep step: Int, in path: String, ranks: Int, resume: String? = nil
    ) throws {
      let words = Command.words(
        TrainedFolder.arguments(digits, path, set: set, resume: resume), ranks: ranks)
      let running = try RunningCommand(words)
      let folder = TrainedFolder(path: path)
      try #require(
        running.wait(seconds: 60) { folder.stepInProgress >= step },
        "step \(step) never came\n\(running.stdout)\(running.stderr)")
      try #require(running.kill())
    }

    /// The step at which the last run in a folder went on.
    private func resumedStep(_ run: TrainedFolder) throws -> Int {
      try #require(try run.events("resume").last?["step"] as? Int)
    }

    @Test(arguments: [(2, 1), (1, 4), (4, 2)])
    func killedRunGoesOnWithOtherRanksToTheSameBits(ranks: (before: Int, after: Int)) throws {
      let whole = try TrainedFolder.train(digits, in: folder("whole"), set: set)
      try trainAndKill(atStep: 37, in: folder("cut"), ranks: ranks.before)
      let cut = try TrainedFolder.train(
        digits, in: folder("cut"), ranks: ranks.after, set: set, resume: "auto")
      // The checkpoints of the last two steps may have been on their way to the disk.
      #expect(try (35..<100).contains(resumedStep(cut)))
      try expectEqual(whole.latest, cut.latest)
    }

    @Test func runKilledTwiceEndsWithTheSameBits() throws {
      let whole = try TrainedFolder.train(digits, in: folder("whole"), set: set)
      try trainAndKill(atStep: 15, in: folder("cut"), ranks: 2)
      try trainAndKill(atStep: 60, in: folder("cut"), ranks: 1, resume: "auto")
      let cut = try TrainedFolder.train(
        digits, in: folder("cut"), ranks: 2, set: set, resume: "auto")
      try expectEqual(whole.latest, cut.latest)
    }

    @Test func namedCheckpointGoesOnInANewFolder() throws {
      let set = ["training.steps=100", "checkpoint.everySteps=37"]
      let whole = try TrainedFolder.train(digits, in: folder("whole"), ranks: 2, set: set)
      let rest = try TrainedFolder.train(
        digits, in: folder("rest"), ranks: 4, set: set, resume: whole.checkpoint(37))
      #expect(try resumedStep(rest) == 37)
      try expectEqual(whole.latest, rest.latest)
    }

    /// The checkpoint of an epoch's last step is written before the evaluation that lowers the rate.
    @Test func rateThatFollowsTheLossGoesOnToTheSameBits() throws {
      let plateau = "{from: 0.01, factor: 0.5, patience: 0, threshold: 0.3}"
      let set = [
        "training.epochs=6", "checkpoint.everySteps=23", "checkpoint.keep=all",
        "optimizer={adam: {learningRate: {reduceOnPlateau: \(plateau)}}}",
      ]
      let whole = try TrainedFolder.train(digits, in: folder("whole"), set: set)
      let rest = try TrainedFolder.train(
        digits, in: folder("rest"), ranks: 2, set: set, resume: whole.checkpoint(46))
      #expect(try resumedStep(rest) == 46)
      let rate = try #require(try whole.events("train").last?["learningRate"] as? Double)
      #expect(rate < 0.01)
      try expectEqual(whole.latest, rest.latest)
    }

    @Test func checkpointOfAnotherFolderIsNotMixedIntoARun() throws {
      let one = try TrainedFolder.train(iris, in: folder("one"), set: ["training.epochs=2"])
      let other = try TrainedFolder.train(iris, in: folder("other"), set: ["training.epochs=1"])
      let before = try Data(contentsOf: URL(fileURLWithPath: one.path + "/metrics.jsonl"))
      let command = try Command.run(
        TrainedFolder.arguments(iris, one.path, resume: other.latest), ranks: 2)
      #expect(command.exitCode == 2)
      #expect(command.stderr.contains("is not one of its checkpoints"), "\(command.stderr)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: one.path + "/metrics.jsonl")) == before)
    }

    @Test func finishedRunIsOnlyEvaluated() throws {
      let run = try TrainedFolder.train(digits, in: folder("run"), set: ["training.steps=30"])
      let before = try Data(contentsOf: URL(fileURLWithPath: run.latest))
      let count = try run.events().count
      _ = try TrainedFolder.train(
        digits, in: run.path, ranks: 2, set: ["training.steps=30"], resume: "auto")
      let kinds = try run.events().dropFirst(count).compactMap { $0["event"] as? String }
      #expect(kinds == ["resume", "evaluate", "end"])
      #expect(try Data(contentsOf: URL(fileURLWithPath: run.latest)) == before)
    }

    @Test func damagedNewestCheckpointIsPassedOver() throws {
      let set = ["training.steps=40", "checkpoint.everySteps=20"]
      let run = try TrainedFolder.train(digits, in: folder("run"), ranks: 2, set: set)
      let whole = try folder.copy(run.latest, as: "whole.h5")
      let newest = URL(fileURLWithPath: run.checkpoint(40))
      try Data(contentsOf: newest).prefix(50_000).write(to: newest)
      let command = try Command.run(
        TrainedFolder.arguments(digits, run.path, set: set, resume: "auto"), ranks: 2)
      #expect(command.stderr.contains("passed over: \(run.checkpoint(40))"), "\(command.stderr)")
      try expectEqual(whole, run.latest)
    }

    @Test func longerTrainingGoesOnFromAFinishedOne() throws {
      let run = try TrainedFolder.train(iris, in: folder("run"), set: ["training.epochs=5"])
      _ = try TrainedFolder.train(
        iris, in: run.path, set: ["training.epochs=8"], resume: "auto")
      #expect(try run.events("end").map { $0["epoch"] as? Int } == [5, 8])
    }

    @Test func autoStartsFromTheBeginningWhereNothingIs() throws {
      let run = try TrainedFolder.train(
        iris, in: folder("run"), ranks: 2, set: ["training.epochs=2"], resume: "auto")
      #expect(try run.events("start").count == 1)
    }
  }
}
