import ArgumentParser
import Foundation
import Training

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train the model of a job file.",
    discussion: """
      Writes to the output folder: job.yaml (the job with all defaults), metrics.jsonl (one event a \
      line), checkpoints/step-XXXXXXXX.h5 and checkpoints/latest.

      While it runs: SIGUSR1 or a file `save` in the output folder writes a checkpoint; SIGUSR2, \
      SIGTERM, a file `stop` or the time limit write one and end the run with exit code 75.
      """)

  @OptionGroup var job: JobOptions

  @Option(
    help: ArgumentHelp(
      "The output folder; runs/<name of the job file> by default.", valueName: "folder"),
    completion: .directory)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "auto: go on from the output folder's newest checkpoint, if any; never: refuse a folder that is not empty; or a checkpoint's path.",
      valueName: "auto|never|PATH"))
  var resume = "never"

  @Option(
    help: ArgumentHelp(
      "Save and end with exit code 75 before so many seconds are over; the end of the Slurm job by default.",
      valueName: "SECONDS"))
  var timeLimit: Double?

  @Option(
    help: ArgumentHelp(
      "Write what each rank did when to this file, as a Chrome trace (open it in ui.perfetto.dev).",
      valueName: "FILE"),
    completion: .file())
  var trace: String?

  /// When the run must have ended.
  private var deadline: Date? {
    if let timeLimit { return Date().addingTimeInterval(timeLimit) }
    return ProcessInfo.processInfo.environment["SLURM_JOB_END_TIME"].flatMap(Double.init)
      .map(Date.init(timeIntervalSince1970:))
  }

  func run() throws {
    let deadline = deadline
    Launch.onAllRanks { world in
      let settings = try world.agreeing { try job.load() }
      let folder = RunFolder(output ?? "runs/\(job.name)")
      let start: Trainer.Resume =
        switch resume {
        case "auto": .auto
        case "never": .never
        default: .path(resume)
        }
      let trainer = try Trainer(
        settings, output: folder, resume: start, deadline: deadline, trace: trace,
        on: world)
      let result = try trainer.run()
      guard world.isRoot else { return }
      if let result { Console.print("test \(result)  on \(result.samples) samples") }
      Console.print("checkpoint \(folder.latest)")
    }
  }
}
