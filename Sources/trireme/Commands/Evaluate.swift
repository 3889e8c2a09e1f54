import ArgumentParser
import Foundation
import Training

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure loss and accuracy of a checkpoint on a split.")

  @Argument(help: "The checkpoint.", completion: .file(extensions: ["h5"]))
  var checkpoint: String

  @Option(
    parsing: .upToNextOption,
    help: "Shards to evaluate on; the job's test split by default.")
  var data: [String] = []

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    Launch.onAllRanks { world in
      let model = try world.agreeing { try TrainedModel(checkpoint: checkpoint) }
      let source = try world.agreeing { try model.source(data) }
      let result = try model.evaluate(source, on: world)
      guard world.isRoot else { return }
      if json {
        Console.print(
          "{\"loss\":\(result.loss),\"accuracy\":\(result.accuracy.map { "\($0)" } ?? "null"),\"samples\":\(result.samples)}"
        )
      } else {
        var line = String(format: "loss %.4f", result.loss)
        if let accuracy = result.accuracy { line += String(format: "  accuracy %.4f", accuracy) }
        Console.print(line + "  on \(result.samples) samples")
      }
    }
  }
}
