import ArgumentParser
import Training

/// The job file and its overrides, the same for every command that reads one.
struct JobOptions: ParsableArguments {
  @Argument(help: "The job file (YAML).", completion: .file(extensions: ["yaml", "yml"]))
  var job: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Override a key of the job file; may be repeated. Paths are relative to the current folder.",
      valueName: "key.path=value"))
  var overrides: [String] = []

  /// Reads the job.
  func load() throws -> Job { try Job(file: job, overrides: overrides) }

  /// The name of the job file without folder and extension.
  var name: String {
    let file = job.split(separator: "/").last.map(String.init) ?? job
    return file.split(separator: ".").first.map(String.init) ?? file
  }
}
