import ArgumentParser
import Training

struct Graph: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a job's graph in Graphviz's language.",
    discussion: "For example: trireme graph jobs/digits-cnn.yaml | dot -Tsvg > digits-cnn.svg")

  @OptionGroup var job: JobOptions

  @Flag(help: "The training graph with gradients, instead of the forward pass.")
  var training = false

  @Option(help: "Samples of the batch.")
  var batch = 1

  func validate() throws {
    guard batch >= 1 else { throw ValidationError("--batch must be at least 1") }
  }

  func run() throws {
    Launch.here {
      Console.print(
        try job.load().graphviz(name: job.name, batchSize: batch, isTraining: training))
    }
  }
}
