import Foundation
import HDF5
import Testing

extension EndToEnd {
  /// `trireme checkpoint ...`, and which checkpoints a run keeps.
  @Suite struct CheckpointCommandTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func names(_ run: TrainedFolder) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: run.path + "/checkpoints").sorted()
    }

    private func file(_ step: Int) -> String { String(format: "step-%08d.h5", step) }

    @Test func newestMilestonesAndTheBestStay() throws {
      let run = try TrainedFolder.train(
        digits, in: folder("run"), ranks: 2,
        set: [
          "training.epochs=6", "checkpoint.everySteps=10", "checkpoint.keep=2",
          "checkpoint.keepEvery=50", "checkpoint.best=accuracy",
        ])
      let evaluations = try run.events("evaluate")
      let accuracies = evaluations.compactMap { $0["accuracy"] as? Double }
      let best = try #require(accuracies.max())
      let step = try #require(
        evaluations.first { $0["accuracy"] as? Double == best }?["step"] as? Int)
      let link = try FileManager.default.destinationOfSymbolicLink(
        atPath: run.path + "/checkpoints/best")
      #expect(link == file(step))
      let expected = Set([50, 100, 130, 138, step].map(file)).union(["best", "latest"])
      #expect(try Set(names(run)) == expected)
    }

    @Test func clockAsksForCheckpoints() throws {
      let run = try TrainedFolder.train(
        digits, in: folder("run"),
        set: ["training.epochs=40", "checkpoint.everyMinutes=0.002", "checkpoint.keep=all"])
      #expect(try run.events("checkpoint").count > 2)
    }

    @Test func verifyNamesTheDamagedDataset() throws {
      let run = try TrainedFolder.train(iris, in: folder("run"), set: ["training.epochs=1"])
      let good = try Command.run("checkpoint", "verify", run.latest)
      #expect(good.exitCode == 0)
      #expect(good.stdout.contains(/ok .*latest: step \d+, \d+ tensors, \d+ parameters/))
      let bad = try folder.copy(run.latest, as: "bad.h5")
      try damage("model/layers.0.weight", of: bad)
      let command = try Command.run("checkpoint", "verify", run.latest, bad)
      #expect(command.exitCode == 74)
      #expect(command.stdout.contains("damaged"), "\(command.stdout)")
      #expect(command.stdout.contains("/model/layers.0.weight"), "\(command.stdout)")
    }

    /// Flips one bit of a dataset's elements.
    private func damage(_ dataset: String, of path: String) throws {
      let values = try File.open(path).dataset(dataset, of: Float.self).read()
      var data = try Data(contentsOf: URL(fileURLWithPath: path))
      let place = try #require(data.range(of: values.withUnsafeBytes { Data($0) }))
      data[place.lowerBound + 3] ^= 4
      try data.write(to: URL(fileURLWithPath: path))
    }

    @Test func averageIsTheMeanOfEachElement() throws {
      let run = try TrainedFolder.train(
        iris, in: folder("run"), set: ["training.epochs=3", "checkpoint.everyEpochs=1"])
      let steps = try run.events("checkpoint").compactMap { $0["step"] as? Int }
      try #require(steps.count == 3)
      let paths = steps.map { run.checkpoint($0) }
      let command = try Command.run(
        ["checkpoint", "average"] + paths + ["--output", folder("mean.h5")])
      #expect(command.exitCode == 0, "\(command.stderr)")
      let name = "model/layers.0.weight"
      let values = try paths.map { try File.open($0).dataset(name, of: Float.self).read() }
      let mean = try File.open(folder("mean.h5")).dataset(name, of: Float.self).read()
      for index in mean.indices {
        #expect(mean[index] == Float(values.reduce(0) { $0 + Double($1[index]) } / 3))
      }
      #expect(try Command.run("evaluate", folder("mean.h5")).exitCode == 0)
    }

    @Test func averageOfDifferentModelsIsRefused() throws {
      let one = try TrainedFolder.train(iris, in: folder("one"), set: ["training.epochs=1"])
      let other = try TrainedFolder.train(digits, in: folder("other"), set: ["training.epochs=1"])
      let command = try Command.run(
        "checkpoint", "average", one.latest, other.latest, "--output", folder("mean.h5"))
      #expect(command.exitCode == 74)
      #expect(command.stderr.contains("another model"), "\(command.stderr)")
    }

    @Test func pruneRemovesTheOldest() throws {
      let run = try TrainedFolder.train(
        digits, in: folder("run"),
        set: ["training.epochs=5", "checkpoint.everySteps=23", "checkpoint.keep=all"])
      let before = try names(run)
      let dry = try Command.run("checkpoint", "prune", run.path, "--keep", "2", "--dry-run")
      #expect(dry.stdout.contains("would remove"))
      #expect(try names(run) == before)
      let command = try Command.run(
        "checkpoint", "prune", run.path, "--keep", "2", "--keep-every", "46")
      #expect(command.exitCode == 0)
      #expect(try names(run) == ["latest", file(46), file(92), file(115)])
    }

    @Test(arguments: ["float16", "bfloat16"])
    func halfPrecisionIsSmallerAndEvaluates(precision: String) throws {
      let run = try TrainedFolder.train(
        digits, in: folder("run"),
        set: ["training.epochs=8", "checkpoint.precision=\(precision)"])
      let command = try Command.run("evaluate", run.latest)
      #expect(command.exitCode == 0, "\(command.stderr)")
      let dataset = try File.open(run.latest).untypedDataset("model/layers.0.weight")
      #expect(dataset.elementByteCount == 2)
      _ = try TrainedFolder.train(
        digits, in: run.path, set: ["training.epochs=9", "checkpoint.precision=\(precision)"],
        resume: "auto")
    }
  }
}
