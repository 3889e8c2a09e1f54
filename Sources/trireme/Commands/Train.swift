import ArgumentParser
import Foundation
import Training

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train the model of a job file.",
    discussion: """
      Writes to the output folder: job.yaml (the job with all defaults), metrics.jsonl (one event a \
      line), checkpoints/step-00000200.h5 and checkpoints/latest.

      While it runs: SIGUSR1 or a file `save` in the output folder writes a checkpoint; SIGUSR2, \
      SIGTERM, a file `stop` or the time limit write one and end the run with exit code 75.
      """)

  @OptionGroup var job: JobOptions

  @OptionGroup var options: RunOptions

  @Option(
    help: ArgumentHelp(
      "Write what each rank did when to this file, as a Chrome trace (open it in ui.perfetto.dev).",
      valueName: "FILE"),
    completion: .file())
  var trace: String?

  @Flag(
    help:
      "Print the slowest ranks of each epoch, with their hosts and what they are slow in; metrics.jsonl has them anyway."
  )
  var stragglers = false

  func run() throws {
    let deadline = options.deadline
    Launch.onAllRanks { world in
      let settings = try world.agreeing { try job.load() }
      let folder = RunFolder(options.output ?? "runs/\(job.name)")
      let survivors = Survivors(
        settings, output: folder, resume: options.start, deadline: deadline, trace: trace,
        showsRanks: stragglers, on: world)
      let result = try survivors.run()
      guard survivors.ranks.isRoot else { return }
      if let result { Console.print("test \(result)  on \(result.samples) samples") }
      Console.print("checkpoint \(folder.latest)")
    }
  }
}
