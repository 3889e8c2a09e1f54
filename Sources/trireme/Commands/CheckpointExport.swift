public import ArgumentParser
public import Training

struct CheckpointExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a checkpoint's model for other programs.",
    discussion: """
      safetensors: parameters and buffers under their paths, as PyTorch lays them out. onnx: the \
      network, operator set 17, from features as they were measured to what predict prints, for any \
      number of samples.
      """)

  @Argument(help: "The checkpoint.", completion: .file(extensions: ["h5"]))
  var checkpoint: String

  @Option(help: "safetensors or onnx.")
  var format: TrainedModel.ExportFormat

  @Option(
    help: ArgumentHelp("The file, which must not exist.", valueName: "file"), completion: .file())
  var output: String

  func run() throws {
    Launch.here {
      try TrainedModel(checkpoint: checkpoint).export(format, to: output)
    }
  }
}

extension TrainedModel.ExportFormat: ExpressibleByArgument {}
