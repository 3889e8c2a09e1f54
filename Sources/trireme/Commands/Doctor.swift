import ArgumentParser
import Training

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check a launch before training.",
    discussion: """
      Start it as the training will be started:

          srun --mpi=pmix -n 8 trireme doctor --output runs/digits

      One line a check, with what to do: ranks that do not find one another, mixed builds, cores
      against ranks x threads, binding, /dev/shm, the output folder, clocks. Exit code 2 if
      something must be mended.
      """)

  @Option(help: "The output folder of the training.")
  var output = "runs"

  @Option(help: "Threads of each rank; what train would choose by default.")
  var threads: Int?

  @Flag(help: "Print one JSON object: ranks, hosts, checks (name, status, message, mend).")
  var json = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
  }

  func run() throws {
    Launch.onAllRanks { world in
      let report = try Doctor(on: world).examine(output: output, threads: threads)
      // Of ranks that did not find one another, each is a root.
      if world.isRoot, DoctorLauncher().isSpokesman {
        Console.print(json ? report.json : report.text)
      }
      try report.endIfBad()
    }
  }
}
