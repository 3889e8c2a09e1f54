import Testing

extension EndToEnd {
  @Suite struct UsageTests {
    @Test(arguments: [
      [], ["train"], ["evaluate"], ["predict"], ["graph"], ["bench"], ["bench", "train"], ["data"],
      ["data", "inspect"], ["checkpoint"], ["checkpoint", "inspect"], ["checkpoint", "compare"],
    ])
    func everyCommandHasHelp(command: [String]) throws {
      let help = try Command.run(command + ["--help"])
      #expect(help.exitCode == 0)
      #expect(help.stdout.contains("USAGE: " + (["trireme"] + command).joined(separator: " ")))
    }

    @Test func versionIsPrintedByOneRankOnly() throws {
      let command = try Command.run("--version", ranks: 2)
      #expect(command.stdout == "0.1.0\n")
    }

    @Test(arguments: [
      ["bench", "train", iris, "--steps", "0"], ["graph", iris, "--batch", "0"], ["frobnicate"],
      ["train"], ["predict", "x.h5"],
    ])
    func wrongUsageEndsWithTwo(arguments: [String]) throws {
      let command = try Command.run(arguments)
      #expect(command.exitCode == 2)
      #expect(command.stderr.hasPrefix("Error: "), "\(command.stderr)")
    }

    @Test func outputIsBelowRunsByDefault() throws {
      let folder = try TemporaryFolder()
      let command = try Command.run(
        "train", iris, "--set", "training.epochs=1", folder: folder.path)
      #expect(command.stdout.contains("checkpoint runs/iris-mlp/checkpoints/latest"))
      #expect(try TrainedFolder(path: folder("runs/iris-mlp")).events("end").count == 1)
    }
  }
}
