import ArgumentParser
import Foundation
import Training

struct CheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "Look at checkpoints, and exchange them.",
    subcommands: [
      CheckpointInspect.self, CheckpointCompare.self, CheckpointImport.self, CheckpointExport.self,
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
