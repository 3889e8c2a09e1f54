import Foundation
import HDF5
import Testing

extension EndToEnd {
  @Suite struct InterchangeTests {
    let folder: TemporaryFolder
    let run: TrainedFolder

    init() throws {
      folder = try TemporaryFolder()
      run = try TrainedFolder.train(digits, in: folder("run"), set: ["training.steps=20"])
    }

    private func export(_ checkpoint: String, _ format: String, _ name: String) throws -> String {
      let path = folder(name)
      let command = try Command.run(
        "checkpoint", "export", checkpoint, "--format", format, "--output", path)
      try #require(command.exitCode == 0, "\(command.stderr)")
      return path
    }

    @discardableResult private func importing(
      _ weights: String, _ job: String, _ output: String, _ more: String...
    )
      throws -> Command
    {
      try Command.run(
        ["checkpoint", "import", weights, "--job", job, "--output", folder(output)] + more)
    }

    @Test func safetensorsComeBackBitByBit() throws {
      let first = try export(run.latest, "safetensors", "a.safetensors")
      #expect(try importing(first, digits, "imported").exitCode == 0)
      let imported = folder("imported/checkpoints/latest")
      let second = try export(imported, "safetensors", "b.safetensors")
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: first))
          == Data(contentsOf: URL(fileURLWithPath: second)))
      let (ours, theirs) = (
        try Command.run("evaluate", run.latest), try Command.run("evaluate", imported)
      )
      #expect(ours.stdout == theirs.stdout)
    }

    @Test func trainingGoesOnFromImportedWeights() throws {
      let weights = try export(run.latest, "safetensors", "a.safetensors")
      try importing(weights, digits, "imported")
      let more = try Command.run(
        TrainedFolder.arguments(
          digits, folder("imported"), set: ["training.steps=2"], resume: "auto"), ranks: 2)
      #expect(more.exitCode == 0, "\(more.stderr)")
    }

    @Test func weightsOfAnotherModelAreListedAndNothingIsWritten() throws {
      let weights = try export(run.latest, "safetensors", "a.safetensors")
      let command = try importing(
        weights, digits, "imported", "--set", "model.layers.0.conv2d.filters=8", "--map",
        "layers.5=other")
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains("misshapen   layers.0.weight"))
      #expect(command.stderr.contains("misshapen   layers.1.weight"))
      #expect(command.stderr.contains("missing     layers.5.weight"))
      #expect(command.stderr.contains("unexpected  other.bias"))
      #expect(!FileManager.default.fileExists(atPath: folder("imported")))
    }

    @Test func aFileThatIsNoSafetensorsIsRefused() throws {
      let weights = try folder.write("not a header at all", as: "x.safetensors")
      let command = try importing(weights, digits, "imported")
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains("x.safetensors: is no safetensors file"))
    }

    @Test func exportRefusesToWriteOverAFile() throws {
      let path = try folder.write("mine", as: "x.onnx")
      let command = try Command.run(
        "checkpoint", "export", run.latest, "--format", "onnx", "--output", path)
      #expect(command.exitCode == 2)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }

    @Test(arguments: [digits, iris])
    func neighboursAreTheSameOnAnyNumberOfRanks(_ job: String) throws {
      var texts: Set<String> = []
      for ranks in [1, 2, 3, 4] {
        let path = folder("knn-\(ranks).csv")
        let command = try Command.run(
          ["knn", job, "-k", "3", "--output", path], ranks: ranks)
        #expect(command.exitCode == 0, "\(command.stderr)")
        texts.insert(command.stdout + (try String(contentsOfFile: path, encoding: .utf8)))
      }
      #expect(texts.count == 1)
    }

    @Test func moreNeighboursThanSamplesAreRefused() throws {
      let command = try Command.run("knn", iris, "-k", "1000")
      #expect(command.exitCode == 2)
      #expect(command.stderr.contains("1000 neighbours are asked for"))
    }
  }
}
