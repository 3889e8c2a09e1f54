import ArgumentParser
import Foundation
import Training

struct Submit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Submit a training to Slurm.",
    discussion: """
      Writes a batch script and gives it to sbatch. The job requeues itself at its time limit and
      resumes by itself until the training is done:

          trireme submit jobs/digits-cnn.yaml --nodes 4 --tasks-per-node 2 --cpus-per-task 16 \\
            --time 4:00:00
      """)

  @OptionGroup var job: JobOptions

  @Option(help: "Nodes.") var nodes = 1
  @Option(help: "Ranks on each node.") var tasksPerNode = 1
  @Option(help: "Cores of each rank, one thread on each.") var cpusPerTask = 1

  @Option(help: ArgumentHelp("Time limit of each start.", valueName: "[D-]H:MM:SS"))
  var time: String?

  @Option(help: "Partition.") var partition: String?
  @Option(help: "Account.") var account: String?

  @Option(help: ArgumentHelp("A job array, as sbatch takes it: 0-7, 0-7%2.", valueName: "RANGE"))
  var array: String?

  @Option(
    help: ArgumentHelp(
      "Values of a key, one a task of the array; several make a grid. Sets --array, too.",
      valueName: "KEY=A,B,..."))
  var sweep: [String] = []

  @Option(help: ArgumentHelp("Jobs to wait for, as sbatch takes them.", valueName: "afterok:ID"))
  var dependency: String?

  @Option(help: ArgumentHelp("A module to load; may be repeated.", valueName: "NAME"))
  var module: [String] = []

  @Option(
    help: ArgumentHelp("A shell line to run before; may be repeated.", valueName: "COMMAND"))
  var setup: [String] = []

  @Option(help: ArgumentHelp("An Apptainer image that holds trireme.", valueName: "IMAGE"))
  var container: String?

  @Option(
    help: ArgumentHelp(
      "Another option of sbatch, without dashes: mem=8G, exclusive; may be repeated.",
      valueName: "NAME[=VALUE]"))
  var slurm: [String] = []

  @Flag(help: "Run `trireme federate` in place of `trireme train`.")
  var federate = false

  @Option(help: "The output folder; runs/<name>-<job> by default.")
  var output: String?

  @Option(
    help: ArgumentHelp("A checkpoint to begin with.", valueName: "PATH"))
  var resume: String?

  @Option(help: "Where to write the script; runs/<name>.sbatch by default.")
  var script: String?

  @Flag(help: "Print the script, write and submit nothing.")
  var dryRun = false

  func validate() throws {
    guard nodes > 0, tasksPerNode > 0, cpusPerTask > 0 else {
      throw ValidationError("--nodes, --tasks-per-node and --cpus-per-task must be at least 1")
    }
    if let time, SlurmTime(time) == nil {
      throw ValidationError("--time \(time): write minutes, H:MM:SS or D-H:MM:SS")
    }
  }

  func run() throws {
    Launch.here {
      let submission = try submission()
      // A wrong job file fails here and not after a night in the queue.
      try submission.check(try job.load())
      if dryRun {
        Console.print(try submission.script())
        return
      }
      let path = script ?? "runs/\(job.name).sbatch"
      let number = try submission.submit(writing: path)
      Console.print("job \(number) submitted with \(path)")
      Console.print("watch it: squeue --jobs=\(number) --format='%i %T %M %k'")
    }
  }

  private func submission() throws -> Submission {
    var arguments = [job.job]
    arguments += sweep.flatMap { ["--sweep", $0] }
    arguments += job.overrides.flatMap { ["--set", $0] }
    if let output { arguments += ["--output", output] }
    if let resume { arguments += ["--resume", resume] }
    var result = Submission(name: job.name, arguments: arguments)
    result.isFederated = federate
    result.nodes = nodes
    result.tasksPerNode = tasksPerNode
    result.coresPerTask = cpusPerTask
    result.time = time.flatMap(SlurmTime.init)
    let combinations = try Submission.combinations(sweep)
    let range = array ?? (sweep.isEmpty ? nil : "0-\(combinations - 1)")
    let named = [
      ("partition", partition), ("account", account), ("array", range),
      ("dependency", dependency),
    ]
    for case (let name, let value?) in named { result.options.append((name, value)) }
    for option in slurm {
      let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
      guard let name = parts.first else { continue }
      result.options.append((name, parts.count > 1 ? parts[1] : ""))
    }
    result.modules = module
    result.setup = setup
    result.container = container
    // This very build, wherever the job will run.
    result.program = Bundle.main.executablePath ?? "trireme"
    return result
  }
}
