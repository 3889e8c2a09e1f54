public import ArgumentParser
public import Neighbours
import Training

struct KNN: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "knn",
    abstract: "Predict a job's test split by the nearest samples of its train split.",
    discussion: """
      A baseline for the job's model. Each rank keeps a part of the train split; classes are voted on, \
      targets averaged. The answer is scikit-learn's, of equally near samples that with the lower index \
      first, and the same on any number of ranks.
      """)

  @OptionGroup var job: JobOptions

  @Option(name: .customShort("k"), help: "The number of neighbours.")
  var count = 5

  @Option(help: "uniform: all neighbours count alike; distance: by the inverse of the distance.")
  var weights = NeighbourPrediction.Weighting.uniform

  @Option(
    help: ArgumentHelp(
      "A CSV file for predictions, neighbours and distances; must not exist.", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Print one JSON object: accuracy, or rmse and r2; samples.")
  var json = false

  func validate() throws {
    guard count >= 1 else { throw ValidationError("-k must be at least 1") }
  }

  func run() throws {
    Launch.onAllRanks { world in
      let baseline = try world.agreeing {
        try NeighbourBaseline(try job.load(), count: count, weighting: weights)
      }
      let report = try baseline.run(on: world)
      try world.agreeing {
        if let output, world.isRoot { try report.write(to: output) }
      }
      guard world.isRoot else { return }
      Console.print(
        json ? report.json : "\(report)  on \(report.predictions.count) samples, k \(count)")
    }
  }
}

extension NeighbourPrediction.Weighting: ExpressibleByArgument {}
