import ArgumentParser
import Importers
import Training

struct DataSplit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split", abstract: "Divide shards into a train and a test split.")

  @Argument(help: "Shards, or patterns in quotes.", completion: .file(extensions: ["h5"]))
  var files: [String]

  @OptionGroup var options: ImportOptions

  func validate() throws {
    guard options.testShare > 0 else { throw ValidationError("--test-share is needed") }
  }

  func run() throws {
    options.run { [ImportedSplit("train", try Inspection.samples(files))] }
  }
}

struct DataReshard: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reshard",
    abstract: "Cut the samples of shards into another number of shards.",
    discussion: "Samples keep their order, and their scaling, unless told otherwise.")

  @Argument(help: "Shards, or patterns in quotes.", completion: .file(extensions: ["h5"]))
  var files: [String]

  @OptionGroup var output: OutputOptions

  @Option(help: "Files to write.")
  var shards: Int

  @Flag(help: "Shuffle the samples.")
  var shuffle = false

  @Flag(help: "Give every shard of each class its share.")
  var stratified = false

  @Option(help: "The key of the shuffle.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Samples of one stored block; about 256 KiB by default.", valueName: "samples"))
  var chunk: Int?

  func validate() throws {
    guard shards >= 1 else { throw ValidationError("--shards must be at least 1") }
    guard chunk ?? 1 >= 1 else { throw ValidationError("--chunk must be at least 1") }
  }

  func run() throws {
    var settings = ImportPlan.Settings()
    settings.shards = shards
    settings.isShuffled = shuffle
    settings.isStratified = stratified
    settings.seed = seed
    settings.compression = output.compression
    settings.chunkRows = chunk
    settings.scaling = .keep
    output.run { [settings] run in
      try run.run {
        try ImportPlan([ImportedSplit("train", try Inspection.samples(files))], settings)
      }
    }
  }
}

struct DataMerge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Put shards into one file, in their order.")

  @Argument(help: "Shards, or patterns in quotes.", completion: .file(extensions: ["h5"]))
  var files: [String]

  @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  @Option(help: ArgumentHelp("Deflate the data, level 1 to 9.", valueName: "level"))
  var compression: Int?

  @Flag(help: "Write over a file of that name.")
  var replace = false

  func validate() throws {
    guard output.hasSuffix(".h5") else { throw ValidationError("--output must end in .h5") }
    if let compression, !(1...9).contains(compression) {
      throw ValidationError("--compression must be 1 to 9")
    }
  }

  func run() throws {
    var settings = ImportPlan.Settings()
    settings.compression = compression
    settings.scaling = .keep
    let parts = output.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
    Launch.onAllRanks { [settings] world in
      let paths = try ImportRun(
        into: folder.isEmpty ? "/" : folder, replacing: replace, on: world
      ).run {
        ImportPlan(merging: try Inspection.samples(files), as: parts.last ?? output, settings)
      }
      if world.isRoot { for path in paths { Console.print(path) } }
    }
  }
}
