import ArgumentParser
import Importers

struct ImportNames: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "names",
    abstract: "Words by class: one text file a class, one word a line.")

  @Argument(help: "Text files, or a folder of them; the name of each is a class.")
  var sources: [String]

  @Option(help: "The data set's name.")
  var name = "names"

  @OptionGroup var options: ImportOptions

  func run() throws {
    options.run { [ImportedSplit("train", try NamesSource.samples(sources, name: name))] }
  }
}

struct ImportText: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "text",
    abstract: "A long text as token ids, for language models.",
    discussion: """
      The text is cut where it stands: train shards one behind the other, the end of it is test.h5.
      """)

  @Argument(help: "Text files, one behind the other.")
  var files: [String]

  @Option(help: "What a token is: characters or bytes.")
  var level = TextSource.Level.characters

  @Option(help: "The text's name; that of the first file by default.")
  var name: String?

  @Option(help: "Files of the train split.")
  var shards = 1

  @Option(
    help: ArgumentHelp("The share of tokens, at the end, for the test split.", valueName: "share"))
  var testShare = 0.1

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard shards >= 1 else { throw ValidationError("--shards must be at least 1") }
    guard (0..<1).contains(testShare) else {
      throw ValidationError("--test-share must be at least 0 and less than 1")
    }
  }

  func run() throws {
    output.run { run in
      try run.run(shards: shards, testShare: testShare, compression: output.compression) {
        try TextSource(files, level: level, name: name ?? Stem.of(files[0]))
      }
    }
  }
}

struct ImportSynthetic: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthetic",
    abstract: "Made-up samples of any number, for scaling tests.")

  @Argument(help: "blobs, spirals, images or tokens.")
  var kind: SyntheticSamples.Kind

  @Option(help: "Number of samples.")
  var samples: Int

  @Option(
    help: "The shape of a sample: 2 for blobs and spirals, 3,32,32 for images, 64 for tokens.")
  var shape: String?

  @Option(help: "Number of classes.")
  var classes = 10

  @Option(help: "Number of token ids.")
  var tokens = 64

  @OptionGroup var options: ImportOptions

  func validate() throws {
    guard samples >= 1, classes >= 1, tokens >= 1 else {
      throw ValidationError("--samples, --classes and --tokens must be at least 1")
    }
    _ = try numbers(shape, option: "--shape")
  }

  func run() throws {
    let standard: [Int] =
      switch kind {
      case .blobs, .spirals: [2]
      case .images: [3, 32, 32]
      case .tokens: [64]
      }
    let shape = try numbers(shape, option: "--shape") ?? standard
    options.run(scaling: kind == .tokens ? .none : .standard) {
      [
        ImportedSplit(
          "train",
          SyntheticSamples(
            kind, count: samples, shape: shape, classes: classes, tokens: tokens,
            seed: options.seed))
      ]
    }
  }
}
