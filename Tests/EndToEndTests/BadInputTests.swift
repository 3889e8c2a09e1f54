import Foundation
import Testing

extension EndToEnd {
  @Suite struct BadInputTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: BadInput.all, [nil, 2])
    func badInputIsRefusedOnceByNameAndNothingIsWritten(input: BadInput, ranks: Int?) throws {
      let command = try Command.run(
        try input.arguments(folder) + ["--output", folder("out")], ranks: ranks, timeout: 30)
      #expect(command.exitCode == input.exitCode)
      for name in input.names {
        let text = name.replacingOccurrences(of: "FOLDER", with: folder.path)
        #expect(command.stderr.contains(text), "\(command.stderr)")
      }
      #expect(command.messages == 1, "\(command.stderr)")
      #expect(!FileManager.default.fileExists(atPath: folder("out")))
    }

    @Test(arguments: ["training.microBatches=2", "training.globalBatch=2"])
    func fewerPartsThanRanksAreRefused(setting: String) throws {
      let command = try Command.run(
        TrainedFolder.arguments(
          digits, folder("out"), set: ["training.microBatches=auto", setting]),
        ranks: 3, timeout: 30)
      #expect(command.exitCode == 2)
      #expect(command.stderr.contains(setting.split(separator: "=")[0]), "\(command.stderr)")
      #expect(command.stderr.contains("3 ranks"), "\(command.stderr)")
      #expect(command.messages == 1, "\(command.stderr)")
    }

    @Test(arguments: [nil, 2]) func fewerSamplesThanABatchAreTrainedOn(ranks: Int?) throws {
      let shard = try BadShards.write(folder("a.h5"))
      let run = try TrainedFolder.train(
        digits, in: folder("out"), ranks: ranks,
        set: ["data.train=\(shard)", "training.epochs=2"])
      #expect(try run.events("train").count == 2)
    }

    @Test(arguments: [nil, 2]) func folderOfAnotherRunIsLeftAlone(ranks: Int?) throws {
      let run = try TrainedFolder.train(iris, in: folder("run"), set: ["training.steps=2"])
      let files = [run.jobFile, run.latest, run.path + "/metrics.jsonl"]
      let before = try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
      let command = try Command.run(TrainedFolder.arguments(digits, run.path), ranks: ranks)
      #expect(command.exitCode == 2)
      #expect(command.stderr.contains("\(run.path) is not empty; add --resume auto"))
      #expect(command.messages == 1, "\(command.stderr)")
      #expect(try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) } == before)
    }

    @Test(arguments: [nil, 2]) func outputBelowAFileCannotBeWritten(ranks: Int?) throws {
      let file = try folder.write("a file", as: "file")
      let command = try Command.run(
        TrainedFolder.arguments(digits, file + "/out"), ranks: ranks, timeout: 30)
      #expect(command.exitCode == 74)
      #expect(command.stderr.contains("\(file)/out: cannot be made (Not a directory)"))
      #expect(command.messages == 1, "\(command.stderr)")
    }

    @Test(.enabled(if: geteuid() != 0), arguments: [nil, 2])
    func outputWithoutPermissionCannotBeWritten(ranks: Int?) throws {
      try FileManager.default.createDirectory(
        atPath: folder("closed"), withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o500])
      let command = try Command.run(
        TrainedFolder.arguments(digits, folder("closed/out")), ranks: ranks, timeout: 30)
      #expect(command.exitCode == 74)
      #expect(command.stderr.contains("Permission denied"), "\(command.stderr)")
    }

    @Test(arguments: [nil, 2]) func samplesThatAreNoNumbersAreNamedWhenTheyAreRead(ranks: Int?)
      throws
    {
      let shard = try BadShards.write(folder("a.h5")) { features, _ in
        features[3 * 64 + 7] = .nan
      }
      let command = try Command.run(
        TrainedFolder.arguments(digits, folder("out"), set: ["data.train=\(shard)"]),
        ranks: ranks, timeout: 30)
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains("\(shard): /features[3] holds NaN"), "\(command.stderr)")
      #expect(command.messages == 1, "\(command.stderr)")
    }

    @Test(arguments: [nil, 2]) func divergedTrainingEnds(ranks: Int?) throws {
      let command = try Command.run(
        TrainedFolder.arguments(
          iris, folder("out"), set: ["optimizer.sgd.learningRate=1e6"]),
        ranks: ranks)
      #expect(command.exitCode == 77)
      #expect(command.stderr.contains(/step \d+: the loss is (infinite|not a number)/))
      #expect(command.messages == 1, "\(command.stderr)")
    }
  }
}

extension Command {
  /// How many error messages of our own there are: mpirun adds its words.
  var messages: Int {
    (stdout + stderr).split(separator: "\n").count {
      $0.hasPrefix("trireme: ") || $0.hasPrefix("Error: ") || $0.hasPrefix("rank ")
    }
  }
}
