import ArgumentParser
import Training

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Make, look at, check and cut data sets.",
    subcommands: [
      DataImport.self, DataInspect.self, DataVerify.self, DataSplit.self, DataMerge.self,
      DataReshard.self,
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

struct DataVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check shards: checksums, labels, NaN, samples that occur twice.",
    discussion: "Ends with exit code 65 if anything but repeated samples is found.")

  @Argument(help: "Shards, or patterns in quotes.", completion: .file(extensions: ["h5"]))
  var files: [String]

  @Option(
    parsing: .upToNextOption,
    help: "Shards of the test split, none of whose samples may be among the others.")
  var test: [String] = []

  func run() throws {
    Launch.here {
      let result = try Inspection.check(files, test: test)
      Console.print(result.text)
      guard result.isSound else { throw AgreedFailure(exitCode: .badData) }
    }
  }
}
