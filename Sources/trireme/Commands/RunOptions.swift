import ArgumentParser
import Foundation
import Training

/// Where a training writes, where it starts and when it must end: the same for every command that
/// trains.
struct RunOptions: ParsableArguments {
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

  /// When the run must have ended.
  var deadline: Date? {
    if let timeLimit { return Date().addingTimeInterval(timeLimit) }
    return ProcessInfo.processInfo.environment["SLURM_JOB_END_TIME"].flatMap(Double.init)
      .map(Date.init(timeIntervalSince1970:))
  }

  /// Where the run starts.
  var start: Trainer.Resume {
    switch resume {
    case "auto": .auto
    case "never": .never
    default: .path(resume)
    }
  }
}
