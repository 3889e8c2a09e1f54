import ArgumentParser
import Foundation
import Training

struct CheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "Look at checkpoints.",
    subcommands: [
      CheckpointInspect.self, CheckpointVerify.self, CheckpointCompare.self,
      CheckpointAverageCommand.self, CheckpointPrune.self,
    ])
}

struct CheckpointInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a checkpoint holds.")

  @Argument(help: "The checkpoint.", completion: .file(extensions: ["h5"]))
  var checkpoint: String

  func run() throws {
    Launch.here { Console.print(try Inspection.checkpoint(checkpoint)) }
  }
}

struct CheckpointCompare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two checkpoints bit by bit.",
    discussion: "Exit code 0 if equal, 1 if they differ.")

  @Argument(help: "A checkpoint.", completion: .file(extensions: ["h5"]))
  var first: String

  @Argument(help: "Another one.", completion: .file(extensions: ["h5"]))
  var second: String

  func run() throws {
    Launch.here {
      let comparison = try Inspection.comparison(of: first, second)
      Console.print(comparison.text)
      if !comparison.isEqual { Foundation.exit(1) }
    }
  }
}

struct CheckpointVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read checkpoints whole and test every checksum.",
    discussion: "One line a file. Exit code 74 if one is damaged; the dataset is named.")

  @Argument(help: "The checkpoints.", completion: .file(extensions: ["h5"]))
  var checkpoints: [String]

  func run() throws {
    Launch.here {
      var isGood = true
      for path in checkpoints {
        do {
          Console.print("ok       \(try Inspection.verification(of: path))")
        } catch {
          Console.print("damaged  \(error)")
          isGood = false
        }
      }
      if !isGood { Foundation.exit(Training.ExitCode.inputOutput.rawValue) }
    }
  }
}

struct CheckpointAverageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "average",
    abstract: "Write the mean of several checkpoints of one model.",
    discussion: "Position and job are those of the checkpoint with the most steps.")

  @Argument(help: "The checkpoints.", completion: .file(extensions: ["h5"]))
  var checkpoints: [String]

  @Option(help: "The file to write.")
  var output: String

  func validate() throws {
    if checkpoints.count < 2 { throw ValidationError("an average wants two checkpoints or more") }
  }

  func run() throws {
    Launch.here {
      try Inspection.average(of: checkpoints, to: output)
      Console.print("\(output): mean of \(checkpoints.count) checkpoints")
    }
  }
}

struct CheckpointPrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove old checkpoints of a run, and what broken runs left behind.",
    discussion: "`latest` and `best` always stay. Not for a folder in which a training runs.")

  @Argument(help: "The output folder of a run, or its folder of checkpoints.")
  var folder: String

  @Option(help: "How many of the newest stay.")
  var keep: Int

  @Option(help: "Those whose step is a multiple of this stay, too.")
  var keepEvery: Int?

  @Flag(help: "Only say what would go.")
  var dryRun = false

  func validate() throws {
    if keep < 1 { throw ValidationError("--keep must be at least 1") }
    if let keepEvery, keepEvery < 1 { throw ValidationError("--keep-every must be at least 1") }
  }

  func run() throws {
    Launch.here {
      let removed = try Inspection.prune(
        folder, keep: keep, keepEvery: keepEvery, isDryRun: dryRun)
      for path in removed { Console.print("\(dryRun ? "would remove" : "removed") \(path)") }
      if removed.isEmpty { Console.print("nothing to remove") }
    }
  }
}
