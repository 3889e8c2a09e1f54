import Foundation
import Testing

extension EndToEnd {
  /// Checkpoints to which every rank writes a part.
  @Suite struct PartTests {
    let folder: TemporaryFolder
    let parts = "checkpoint.layout=perRank"

    init() throws { folder = try TemporaryFolder() }

    private func names(_ run: TrainedFolder) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: run.path + "/checkpoints").sorted()
    }

    @Test(arguments: [1, 2, 4]) func loadLikeOneFileOnAnyNumberOfRanks(ranks: Int) throws {
      let set = ["training.steps=60", "checkpoint.everySteps=20", "checkpoint.keep=2"]
      let whole = try TrainedFolder.train(digits, in: folder("whole"), ranks: 2, set: set)
      // The layout is a part of the job's text: steps 0 to 20 in parts, 20 to 40 in one file, 40 to 60
      // as the undisturbed run.
      let run = folder("run")
      for (steps, ranks, layout) in [(20, 4, [parts]), (40, ranks, []), (60, 2, [])] {
        _ = try TrainedFolder.train(
          digits, in: run, ranks: ranks,
          set: ["training.steps=\(steps)", "checkpoint.everySteps=20", "checkpoint.keep=2"]
            + layout,
          resume: "auto")
      }
      try expectEqual(whole.latest, TrainedFolder(path: run).latest)
    }

    @Test func oldOnesGoWithTheirParts() throws {
      let run = try TrainedFolder.train(
        digits, in: folder("run"), ranks: 2,
        set: ["training.steps=50", "checkpoint.everySteps=10", "checkpoint.keep=2", parts])
      #expect(
        try names(run) == [
          "latest",
          "step-00000040.h5", "step-00000040.part-0-of-2.h5", "step-00000040.part-1-of-2.h5",
          "step-00000050.h5", "step-00000050.part-0-of-2.h5", "step-00000050.part-1-of-2.h5",
        ])
    }

    @Test func verifyNamesADamagedOrMissingPart() throws {
      let run = try TrainedFolder.train(
        digits, in: folder("run"), ranks: 2,
        set: ["training.steps=20", "checkpoint.everySteps=10", parts])
      #expect(try Command.run("checkpoint", "verify", run.latest).exitCode == 0)
      #expect(try Command.run("evaluate", run.latest).exitCode == 0)
      let part = run.path + "/checkpoints/step-00000020.part-1-of-2.h5"
      try FileManager.default.removeItem(atPath: part)
      let verification = try Command.run("checkpoint", "verify", run.latest)
      #expect(verification.exitCode == 74)
      #expect(
        verification.stdout.contains("step-00000020.part-1-of-2.h5"), "\(verification.stdout)")
      let command = try Command.run(
        TrainedFolder.arguments(
          digits, run.path, set: ["training.steps=20", parts], resume: "auto"), ranks: 2)
      #expect(command.stderr.contains("passed over"), "\(command.stderr)")
      #expect(command.stdout.contains("resuming at step 10"), "\(command.stdout)")
    }

    @Test func partsOfAnotherCheckpointAreRefused() throws {
      let set = ["training.steps=20", parts]
      let one = try TrainedFolder.train(digits, in: folder("one"), ranks: 2, set: set)
      let other = try TrainedFolder.train(digits, in: folder("other"), ranks: 2, set: set)
      let name = "/checkpoints/step-00000020.part-1-of-2.h5"
      try FileManager.default.removeItem(atPath: one.path + name)
      try FileManager.default.copyItem(atPath: other.path + name, toPath: one.path + name)
      let command = try Command.run("checkpoint", "verify", one.latest)
      #expect(command.exitCode == 74)
      #expect(command.stdout.contains("a part of another checkpoint"), "\(command.stdout)")
    }
  }
}
