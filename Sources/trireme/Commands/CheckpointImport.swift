import ArgumentParser
import Training

struct CheckpointImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a checkpoint of another program's weights.",
    discussion: """
      WEIGHTS is a .safetensors file of a PyTorch state_dict, or a Keras .h5 or .weights.h5 file. The \
      model is the job's; every tensor must have its place in it and every parameter its tensor, or all \
      that do not fit are listed and nothing is written (exit code 65).

      The output is a run's folder: evaluate its checkpoints/latest, or train on with \
      trireme train JOB --output FOLDER --resume auto.
      """)

  @Argument(help: "The weights.", completion: .file(extensions: ["safetensors", "h5"]))
  var weights: String

  @Option(help: "The job file (YAML).", completion: .file(extensions: ["yaml", "yml"]))
  var job: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Override a key of the job file; may be repeated.", valueName: "key.path=value"))
  var overrides: [String] = []

  @Option(
    name: .customLong("map"),
    help: ArgumentHelp(
      "Rename a tensor or a whole layer of the file, such as conv1=layers.0; nothing after the sign leaves it out; may be repeated.",
      valueName: "from=to"))
  var renaming: [String] = []

  @Option(
    help: ArgumentHelp(
      "What features are normalised by, such as 0/255; none; that of the job's train split by default.",
      valueName: "MEAN/DEVIATION"))
  var normalization: String?

  @Option(
    help: ArgumentHelp("The output folder, empty or new.", valueName: "folder"),
    completion: .directory)
  var output: String

  func run() throws {
    Launch.here {
      let checkpoint = try WeightImport.run(
        weights, job: try Job(file: job, overrides: overrides), renaming: renaming,
        normalization: normalization, output: RunFolder(output))
      Console.print("checkpoint \(checkpoint)")
    }
  }
}
