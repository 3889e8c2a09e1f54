import Foundation
import HDF5
import Testing

extension EndToEnd {
  @Suite struct ImportTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func table(_ lines: Int) throws -> String {
      let rows = (0..<lines).map { "\($0),\($0 * 7 % 50),\($0 % 3)" }
      return try folder.write("a,b,class\n" + rows.joined(separator: "\n"), as: "table.csv")
    }

    private func bytes(_ path: String) throws -> Data {
      try Data(contentsOf: URL(fileURLWithPath: path))
    }

    @Test func ranksWriteTheSameBytes() throws {
      let file = try table(100)
      let options = ["--shards", "4", "--test-share", "0.2", "--stratified", "--compression", "3"]
      for (output, ranks) in [("one", nil), ("three", 3)] {
        let command = try Command.run(
          ["data", "import", "csv", file, "--output", folder(output)] + options, ranks: ranks)
        #expect(command.exitCode == 0, "\(command.stderr)")
      }
      for name in ["train-00.h5", "train-01.h5", "train-02.h5", "train-03.h5", "test.h5"] {
        #expect(try bytes(folder("one/\(name)")) == bytes(folder("three/\(name)")))
      }
      let check = try Command.run(
        "data", "verify", folder("one/train-*.h5"), "--test", folder("one/test.h5"))
      #expect(check.exitCode == 0)
      #expect(check.stdout == "100 samples in 5 files: sound\n")
    }

    @Test func aFailedImportLeavesNothing() throws {
      let file = try folder.write("1,2,0\n3,x,1\n4,5\n", as: "bad.csv")
      let command = try Command.run(
        "data", "import", "csv", file, "--output", folder("out"), ranks: 2)
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains("bad.csv: line 3: has 2 fields, those above have 3"))
      #expect(!FileManager.default.fileExists(atPath: folder("out")))
    }

    @Test func shardsOfAnotherImportAreNotMixedIn() throws {
      let file = try table(20)
      let words = ["data", "import", "csv", file, "--output", folder("out")]
      #expect(try Command.run(words + ["--shards", "3"]).exitCode == 0)
      let again = try Command.run(words)
      #expect(again.exitCode == 2)
      #expect(again.stderr.contains("holds 3 .h5 files; add --replace"))
      #expect(try Command.run(words + ["--replace"]).exitCode == 0)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder("out"))
      #expect(names == ["train-00.h5"])
    }

    @Test func importThatFailsLeavesTheOneBeforeItWhole() throws {
      let words = ["data", "import", "csv", "--output", folder("out"), "--replace"]
      #expect(try Command.run(words + [table(20), "--shards", "3"]).exitCode == 0)
      // The header of a picture of 2 x 2, and no pixels: found out when they are read.
      let pictures = folder("pictures/broken")
      try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: true)
      let header = try #require(
        Data(base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4"))
      try header.write(to: URL(fileURLWithPath: pictures + "/1.png"))
      let again = try Command.run(
        "data", "import", "images", folder("pictures"), "--output", folder("out"), "--replace")
      #expect(again.exitCode == 65)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder("out")).sorted()
      #expect(names == ["train-00.h5", "train-01.h5", "train-02.h5"])
    }

    @Test func mergedAndReshardedShardsHoldTheSameSamples() throws {
      let source = data("digits/train-*.h5")
      #expect(
        try Command.run("data", "merge", source, "--output", folder("all.h5")).exitCode == 0)
      #expect(
        try Command.run(
          "data", "reshard", folder("all.h5"), "--shards", "3", "--output", folder("cut")
        ).exitCode == 0)
      let whole = try File.open(folder("all.h5")).dataset("features", of: UInt8.self).read()
      let parts = try (0..<3).flatMap {
        try File.open(folder("cut/train-0\($0).h5")).dataset("features", of: UInt8.self).read()
      }
      let old = try (0..<4).flatMap {
        try File.open(data("digits/train-0\($0).h5")).dataset("features", of: UInt8.self).read()
      }
      #expect(whole == old)
      #expect(parts == old)
    }

    @Test func samplesInBothSplitsAreFound() throws {
      let check = try Command.run(
        "data", "verify", data("digits/train-0*.h5"), "--test", data("digits/train-01.h5"))
      #expect(check.exitCode == 0)
      #expect(check.stdout.contains("384 samples of the test split are in the train split too"))
    }

    @Test func damageIsFound() throws {
      let copy = try folder.copy(data("digits/train-01.h5"), as: "damaged.h5")
      try BadShards.damage(copy)
      let check = try Command.run("data", "verify", copy, data("digits/train-02.h5"))
      #expect(check.exitCode == 65)
      #expect(check.stdout.contains("damaged.h5"))
      #expect(check.stdout.hasSuffix("1 error\n"))
    }

    @Test func augmentedAndSampledTrainingIsTheSameOnAnyRanks() throws {
      let options = [
        "--set", "training.epochs=2", "--set", "data.cacheMegabytes=0.01",
        "--set", "data.augment=[flip, {crop: {padding: 1}}, {mixUp: {alpha: 0.4}}]",
        "--set", "data.sampling={weighted: {weights: balanced}}",
      ]
      for (output, ranks) in [("one", nil), ("two", 2)] {
        let command = try Command.run(
          ["train", digits, "--output", folder(output)] + options, ranks: ranks)
        #expect(command.exitCode == 0, "\(command.stderr)")
      }
      let comparison = try Command.run(
        "checkpoint", "compare", folder("one/checkpoints/latest"),
        folder("two/checkpoints/latest"))
      #expect(comparison.stdout == "equal\n", "\(comparison.stdout)")
    }

    @Test func sharedMemoryDoesNotChangeTheTraining() throws {
      for (output, shares) in [("own", "false"), ("shared", "true")] {
        let command = try Command.run(
          [
            "train", digits, "--output", folder(output), "--set", "training.epochs=1",
            "--set", "data.sharedCache=\(shares)",
          ], ranks: 3)
        #expect(command.exitCode == 0, "\(command.stderr)")
      }
      let lines = try ["own", "shared"].map { name in
        try String(contentsOfFile: folder("\(name)/metrics.jsonl"), encoding: .utf8)
          .split(separator: "\n").filter { $0.contains("\"evaluate\"") }
      }
      #expect(lines[0] == lines[1])
      #expect(!lines[0].isEmpty)
    }

    @Test func samplesOfOneLengthTrainTogetherOnAnyRanks() throws {
      try FileManager.default.createDirectory(
        atPath: folder("names"), withIntermediateDirectories: true)
      for (index, letter) in ["a", "b"].enumerated() {
        let names = (1...60).map { number in
          String(repeating: letter, count: 1 + number * 7 % 9) + "c\(index == 0 ? "" : "c")"
        }
        try Set(names).union(["c" + letter]).sorted().joined(separator: "\n")
          .write(toFile: folder("names/\(letter).txt"), atomically: true, encoding: .utf8)
      }
      #expect(
        try Command.run("data", "import", "names", folder("names"), "--output", folder("shards"))
          .exitCode == 0)
      let steps = try #require(
        try File.open(folder("shards/train-00.h5")).untypedDataset("features").shape.last)
      let job = """
        data: {train: shards/train-*.h5, groupByLength: true}
        model:
          input: [\(steps)]
          layers:
            - embedding: {tokens: 4, units: 3, padding: 0}
            - gru: {units: 4}
            - dense: {units: 2}
        loss: softmaxCrossEntropy
        optimizer: {sgd: {learningRate: 0.1}}
        training: {epochs: 2, globalBatch: 4, microBatches: 2, seed: 7}
        """
      try job.write(toFile: folder("names.yaml"), atomically: true, encoding: .utf8)
      for (output, ranks) in [("one", nil), ("two", 2)] {
        let command = try Command.run(
          ["train", folder("names.yaml"), "--output", folder(output)], ranks: ranks)
        #expect(command.exitCode == 0, "\(command.stderr)")
      }
      let comparison = try Command.run(
        "checkpoint", "compare", folder("one/checkpoints/latest"),
        folder("two/checkpoints/latest"))
      #expect(comparison.stdout == "equal\n", "\(comparison.stdout)")
      let refused = try Command.run(
        "train", folder("names.yaml"), "--output", folder("other"), "--set", "data.shuffle=none")
      #expect(refused.exitCode == 2)
      #expect(refused.stderr.contains("leave out data.sampling and data.shuffle"))
    }

    @Test func wrongAugmentationIsNamed() throws {
      let command = try Command.run(
        "train", iris, "--output", folder("run"), "--set", "data.augment=[{cutOut: {size: 2}}]")
      #expect(command.exitCode == 2)
      #expect(command.stderr.contains("this augmentation is for images"))
    }
  }
}
