import ArgumentParser
import Training

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure loss and accuracy of a checkpoint on a split.")

  @Argument(help: "The checkpoint.", completion: .file(extensions: ["h5"]))
  var checkpoint: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Shards or patterns to evaluate on; the job's test split by default.", valueName: "file"),
    completion: .file(extensions: ["h5"]))
  var data: [String] = []

  @Flag(help: "Print one JSON object: loss, accuracy (null without classes), samples.")
  var json = false

  func run() throws {
    Launch.onAllRanks { world in
      let model = try world.agreeing { try TrainedModel(checkpoint: checkpoint) }
      let source = try world.agreeing { try model.source(data) }
      let result = try model.evaluate(source, on: world)
      guard world.isRoot else { return }
      Console.print(json ? result.json : "\(result)  on \(result.samples) samples")
      guard !json else { return }
      for line in result.metricLines { Console.print(line) }
    }
  }
}
