import ArgumentParser
import Foundation
import Scaling
import Training

struct Scale: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how a job scales over ranks.",
    discussion: """
      Starts the job's steps on each number of ranks itself, in turns, each rank bound to cores of its \
      own: by mpirun, or by srun inside a Slurm allocation. Start it once, not under a launcher:

          trireme scale jobs/digits-cnn.yaml --ranks 1,2,4 --mode both --require-efficiency 0.9

      Beside efficiency there are two figures of the sum over ranks alone: steps without it over steps with \
      it, in turns on the same ranks. "Of the same ranks" is the mean of the ranks; waiting for a slower \
      rank counts as a loss. "Of the last rank" takes a step as ended when its last rank has ended it; a \
      rank that is slower by itself is the last in both kinds, and is no loss.

      Writes results.json and report.html to the output folder. Exit code 1: an efficiency below what \
      is required, or a significant loss against the baseline.
      """)

  @OptionGroup var job: JobOptions

  @Option(
    help: ArgumentHelp(
      "Numbers of ranks, separated by commas; the smallest is what others are held against.",
      valueName: "N,N,..."))
  var ranks: String

  @Option(
    help: ArgumentHelp(
      "strong: the global batch stays; weak: it grows with the ranks.",
      valueName: "strong|weak|both"))
  var mode = "strong"

  @Option(
    name: .customLong("repeat"), help: "Rounds, in each of which every number of ranks runs once.")
  var rounds = 5

  @Option(
    help: ArgumentHelp("The output folder; runs/<name>-scaling by default.", valueName: "DIR"),
    completion: .directory)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "End with exit code 1 if the median efficiency of any number of ranks is lower.",
      valueName: "0-1"))
  var requireEfficiency: Double?

  @Option(
    help: ArgumentHelp(
      "The same for the efficiency against the same ranks with the sum over ranks off (mean of the ranks), which cores that share memory do not change.",
      valueName: "0-1"))
  var requireSynchronization: Double?

  @Option(
    help: ArgumentHelp(
      "An earlier results.json; end with exit code 1 on a significant loss against it.",
      valueName: "FILE"),
    completion: .file(extensions: ["json"]))
  var baseline: String?

  @Option(help: ArgumentHelp("The share that may be lost against the baseline.", valueName: "0-1"))
  var tolerance = 0.03

  @Flag(
    help: "Let more threads than cores run; what comes out is shown as a shape, not as efficiency.")
  var oversubscribe = false

  @Option(help: "Threads, and cores, of a rank.")
  var threads = 1

  @Option(help: "Measured seconds of each run, about.")
  var seconds = 3.0

  @Option(
    help: ArgumentHelp(
      "How to start ranks, in place of mpirun or srun; {ranks}, {threads} and {nodes} are filled in.",
      valueName: "WORDS"))
  var launcher: String?

  func validate() throws {
    _ = try rankCounts()
    _ = try modes()
    guard rounds >= 1 else { throw ValidationError("--repeat must be at least 1") }
    guard threads >= 1 else { throw ValidationError("--threads must be at least 1") }
    guard seconds > 0 else { throw ValidationError("--seconds must be positive") }
    for (name, required) in required where !(0...1).contains(required) {
      throw ValidationError("\(name) is a share: 0 to 1")
    }
    guard (0..<1).contains(tolerance) else {
      throw ValidationError("--tolerance is a share: 0 to below 1")
    }
    if let (name, _) = required.first, try rankCounts().count < 2 {
      throw ValidationError("\(name) wants two numbers of ranks or more")
    }
  }

  /// What is required, by the option's name.
  private var required: [(name: String, share: Double)] {
    [
      ("--require-efficiency", requireEfficiency),
      ("--require-synchronization", requireSynchronization),
    ].compactMap { name, share in share.map { (name, $0) } }
  }

  private func rankCounts() throws -> [Int] {
    let counts = try ranks.split(separator: ",").map { word in
      guard let count = Int(word), count >= 1 else {
        throw ValidationError("--ranks: '\(word)' is not a number of ranks of at least 1")
      }
      return count
    }
    guard !counts.isEmpty else { throw ValidationError("--ranks: no number of ranks") }
    return counts
  }

  private func modes() throws -> [ScalingMode] {
    if mode == "both" { return [.strong, .weak] }
    guard let mode = ScalingMode(rawValue: mode) else {
      throw ValidationError("--mode: '\(mode)' is none of strong, weak, both")
    }
    return [mode]
  }

  func run() throws {
    let (counts, modes) = (try rankCounts(), try modes())
    Launch.here {
      do {
        try measure(counts, modes)
      } catch let error as ScalingError {
        throw Failure(error)
      }
    }
  }

  private func measure(_ counts: [Int], _ modes: [ScalingMode]) throws {
    let environment = ProcessInfo.processInfo.environment
    if let size = environment["OMPI_COMM_WORLD_SIZE"] {
      throw Failure(
        .usage,
        "this is one of \(size) processes of mpirun: start trireme scale once and by itself, it starts the ranks"
      )
    }
    let job = try job.load()
    // What cannot be used is told before minutes of measuring.
    let earlier = try baseline.map { try ScalingResults(file: $0) }
    let folder = output ?? "runs/\(self.job.name)-scaling"
    try Failure.makeFolder(folder)
    let scratch = "\(folder)/.scratch-\(getpid())"
    try Failure.makeFolder(scratch)
    defer { try? FileManager.default.removeItem(atPath: scratch) }

    var settings = ScalingTest.Settings(
      trireme: [Self.executable], job: self.job.job,
      plan: ScalingPlan(
        ranks: counts, modes: modes, rounds: rounds, globalBatch: job.training.globalBatch),
      cores: Launcher.slurmCores(environment) ?? DoctorFacts.allowedCores.count, scratch: scratch)
    settings.overrides = self.job.overrides
    settings.microBatches = job.training.microBatches
    settings.threads = threads
    settings.seconds = seconds
    settings.mayShareCores = oversubscribe
    settings.environment = environment
    settings.launcher = launcher.map {
      Launcher($0, ranksPerNode: Launcher.slurmRanksPerNode(threads: threads, environment))
    }
    // Made-up samples say nothing about input.
    if case .synthetic = job.data { settings.readsInput = false }
    if let (name, _) = required.first, let crowd = counts.max(), crowd * threads > settings.cores {
      throw Failure(
        .usage,
        "\(name) cannot be judged: \(crowd) ranks x \(threads) threads are more than \(settings.cores) cores"
      )
    }
    let results = try ScalingTest(settings, progress: { Console.error($0) }).run()
    let comparison = earlier.map { Comparison(results, with: $0, tolerance: tolerance) }
    let verdict = ScalingVerdict(
      results, required: requireEfficiency, requiredOfSum: requireSynchronization,
      comparison: comparison)
    try Failure.write(try results.json(), to: "\(folder)/results.json")
    try Failure.write(
      ScalingReport(results, verdict: verdict, comparison: comparison).html(),
      to: "\(folder)/report.html")
    Console.print(results.table)
    if let comparison { Console.print("\nAgainst \(baseline ?? ""):\n\n\(comparison.table)") }
    Console.print("")
    for line in verdict.lines { Console.print((line.isGood ? "ok      " : "FAILED  ") + line.text) }
    Console.print("\(folder)/report.html and results.json")
    if !verdict.isGood { throw AgreedFailure(exitCode: .fallenShort) }
  }

  /// The file of this command, as other hosts find it too.
  private static var executable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
  }
}

extension Failure {
  /// A scaling test's error with the exit code that it means; a run's own code is passed on.
  fileprivate init(_ error: ScalingError) {
    let code: Training.ExitCode =
      switch error {
      case .refused: .usage
      // Trireme's runs do not end with 1, launchers do.
      case .runFailed(_, 1): .usage
      case .runFailed(_, let code): Training.ExitCode(rawValue: code) ?? .internal
      case .unreadable: .inputOutput
      case .malformed: .badData
      }
    self.init(code, error.description)
  }
}
