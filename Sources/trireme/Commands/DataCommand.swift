import ArgumentParser
import Training

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Make, look at, check and cut data sets.",
    subcommands: [
      DataImport.self, DataInspect.self, DataSplit.self, DataMerge.self, DataReshard.self,
    ])
}

struct DataInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show shapes, types, classes and statistics of the shards of one split.")

  @Argument(
    help: "Shards, or patterns such as 'Data/digits/train-*.h5'.",
    completion: .file(extensions: ["h5"]))
  var files: [String]

  func run() throws {
    Launch.here { Console.print(try Inspection.dataset(files)) }
  }
}
