import ArgumentParser
import Training

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predict for the samples of a file, or continue a text.",
    discussion: """
      The input is an HDF5 file with /features, or a CSV file with one sample a line and an optional \
      header. The output is CSV (one line a sample: for classes the predicted class and the \
      probability of each), or HDF5 with /predictions if its name ends in .h5; standard output if no \
      file is named. A model of text, trained with data.window, continues --prompt instead, on standard \
      output. Of several ranks, only rank 0 works.
      """)

  @Argument(help: "The checkpoint.", completion: .file(extensions: ["h5"]))
  var checkpoint: String

  @Option(
    help: ArgumentHelp("The samples: .h5 or .csv.", valueName: "file"),
    completion: .file(extensions: ["h5", "csv"]))
  var input: String?

  @Option(
    help: ArgumentHelp("Where predictions go: .csv or .h5; must not exist.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(help: ArgumentHelp("Text to be continued, in place of --input.", valueName: "text"))
  var prompt: String?

  @Option(help: "Tokens to be added to the prompt.")
  var length = 200

  @Option(help: "Below 1 likely tokens become likelier; 0 takes the likeliest.")
  var temperature = 1.0

  @Option(help: "Another seed, another text.")
  var seed: UInt64 = 0

  func validate() throws {
    guard (input == nil) != (prompt == nil) else {
      throw ValidationError("give either --input or --prompt")
    }
    guard prompt == nil || output == nil else {
      throw ValidationError("--prompt writes to standard output, --output is for --input")
    }
    guard length >= 0 else { throw ValidationError("--length must not be negative") }
    guard temperature >= 0 else { throw ValidationError("--temperature must not be negative") }
  }

  func run() throws {
    Launch.here {
      let model = try TrainedModel(checkpoint: checkpoint)
      if let prompt {
        try model.generate(
          TextGeneration(
            prompt: prompt, length: length, temperature: temperature, seed: seed)
        ) { Console.printPart($0) }
        Console.print("")
        return
      }
      guard let input else { return }
      let predictions = try model.predict(try model.samples(in: input))
      try predictions.write(to: output)
    }
  }
}
