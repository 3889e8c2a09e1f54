import ArgumentParser
import Training

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predict for the samples of a file.",
    discussion: """
      The input is an HDF5 file with /features, or a CSV file with one sample a line and an optional \
      header. The output is CSV (one line a sample: for classes the predicted class and the \
      probability of each), or HDF5 with /predictions if its name ends in .h5; standard output if no \
      file is named. Of several ranks, only rank 0 works.
      """)

  @Argument(help: "The checkpoint.", completion: .file(extensions: ["h5"]))
  var checkpoint: String

  @Option(
    help: ArgumentHelp("The samples: .h5 or .csv.", valueName: "file"),
    completion: .file(extensions: ["h5", "csv"]))
  var input: String

  @Option(
    help: ArgumentHelp("Where predictions go: .csv or .h5; must not exist.", valueName: "file"),
    completion: .file())
  var output: String?

  func run() throws {
    Launch.here {
      let model = try TrainedModel(checkpoint: checkpoint)
      let predictions = try model.predict(try model.samples(in: input))
      try predictions.write(to: output)
    }
  }
}
