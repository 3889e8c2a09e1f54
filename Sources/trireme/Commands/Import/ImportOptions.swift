public import ArgumentParser
public import Importers

extension ImportPlan.Scaling: ExpressibleByArgument {}
extension CSVSource.Missing: ExpressibleByArgument {}
extension CSVSource.Target: ExpressibleByArgument {}
extension TextSource.Level: ExpressibleByArgument {}
extension SyntheticSamples.Kind: ExpressibleByArgument {}

/// Where an import goes.
struct OutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The folder for the shards.", valueName: "folder"), completion: .directory)
  var output: String

  @Flag(help: "Remove the .h5 files that are in the output folder.")
  var replace = false

  @Option(
    help: ArgumentHelp(
      "Deflate the data, level 1 to 9; not compressed by default.", valueName: "level"))
  var compression: Int?

  func validate() throws {
    if let compression, !(1...9).contains(compression) {
      throw ValidationError("--compression must be 1 to 9")
    }
  }
}

/// How samples become shards, the same for every format.
struct ImportOptions: ParsableArguments {
  @OptionGroup var output: OutputOptions

  @Option(help: "Files of the train split.")
  var shards = 1

  @Option(
    help: ArgumentHelp(
      "The share of samples for the test split, if the source has none.", valueName: "share"))
  var testShare = 0.0

  @Flag(help: "Give every shard of each class its share.")
  var stratified = false

  @Flag(inversion: .prefixedNo, help: "Shuffle the samples before they are cut into shards.")
  var shuffle = true

  @Option(help: "The key of the shuffle.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Samples of one stored block; about 256 KiB by default.", valueName: "samples"))
  var chunk: Int?

  @Option(
    help:
      "How features are scaled when read: by mean and deviation of the train split (standard), unsigned integers to [0, 1] (unit), none, or as the source says (keep)."
  )
  var scaling: ImportPlan.Scaling?

  func validate() throws {
    guard shards >= 1 else { throw ValidationError("--shards must be at least 1") }
    guard (0..<1).contains(testShare) else {
      throw ValidationError("--test-share must be at least 0 and less than 1")
    }
    guard chunk ?? 1 >= 1 else { throw ValidationError("--chunk must be at least 1") }
  }

  func settings(_ standard: ImportPlan.Scaling) -> ImportPlan.Settings {
    var settings = ImportPlan.Settings()
    settings.shards = shards
    settings.testShare = testShare
    settings.isStratified = stratified
    settings.isShuffled = shuffle
    settings.seed = seed
    settings.compression = output.compression
    settings.chunkRows = chunk
    settings.scaling = scaling ?? standard
    return settings
  }

  /// Imports what `open` gives on all ranks, and ends the process.
  func run(
    scaling: ImportPlan.Scaling = .standard, _ open: @escaping () throws -> [ImportedSplit]
  ) -> Never {
    let settings = settings(scaling)
    output.run { run in try run.run { try ImportPlan(try open(), settings) } }
  }
}

/// Words separated by commas.
func words(_ text: String?) -> [String]? {
  text?.split(separator: ",").map(String.init)
}

/// Positive numbers separated by commas or `x`.
func numbers(_ text: String?, option: String) throws -> [Int]? {
  try text?.split(whereSeparator: { $0 == "," || $0 == "x" }).map { word in
    guard let number = Int(word), number > 0 else {
      throw ValidationError("\(option): '\(word)' is no positive number")
    }
    return number
  }
}
