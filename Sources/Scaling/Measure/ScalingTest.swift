public import Foundation

/// Runs a job on several numbers of ranks in turns, each run a process group of its own, and puts
/// together what they measured.
public struct ScalingTest {
  /// What is measured and how.
  public struct Settings: Sendable {
    /// The words that start `trireme`, found on all hosts.
    public var trireme: [String]
    /// The job file.
    public var job: String
    /// Its overrides, `key.path=value`.
    public var overrides: [String] = []
    /// The job's fixed number of micro-batches; nil for one a rank.
    public var microBatches: Int?
    /// What to measure.
    public var plan: ScalingPlan
    /// Threads, and cores, of a rank.
    public var threads = 1
    /// Whether steps read the job's samples.
    public var readsInput = true
    /// Seconds of a run's measured steps, about.
    public var seconds = 3.0
    /// Whether more threads than cores are let through.
    public var mayShareCores = false
    /// Cores of the machine or the allocation.
    public var cores: Int
    /// Words in place of the usual launcher; see ``Launcher``.
    public var launcher: Launcher?
    /// The environment of this process.
    public var environment: [String: String] = [:]
    /// An existing folder for files that come and go.
    public var scratch: String

    /// Settings; see the properties.
    public init(trireme: [String], job: String, plan: ScalingPlan, cores: Int, scratch: String) {
      (self.trireme, self.job, self.plan) = (trireme, job, plan)
      (self.cores, self.scratch) = (cores, scratch)
    }
  }

  /// Runs a program to its end.
  public typealias Runner = (_ words: [String]) throws -> ChildRun

  private let settings: Settings
  private let runner: Runner
  private let progress: (String) -> Void

  /// - Parameters:
  ///   - runner: how programs are run.
  ///   - progress: gets a line after each run.
  /// - Throws: `ScalingError.refused` if the job or the machine does not allow the test.
  public init(
    _ settings: Settings, runner: @escaping Runner = ChildRun.run,
    progress: @escaping (String) -> Void = { _ in }
  ) throws {
    self.settings = settings
    self.runner = runner
    self.progress = progress
    for subject in settings.plan.subjects { try check(subject) }
  }

  /// Measures. Blocks for rounds x subjects x (seconds and a start).
  ///
  /// - Throws: `ScalingError`.
  public func run(date: Date = Date()) throws -> ScalingResults {
    let plan = settings.plan
    var runs: [Subject: [RunReport]] = [:]
    var steps: [Subject: Int] = [:]
    for round in 0...plan.rounds {
      for subject in plan.order(round: round) {
        // The first run of each is a warm-up that tells how many steps fill the time.
        let report = try measure(
          subject, steps: steps[subject] ?? 5, writesCheckpoint: round == 1)
        if round > 0 { runs[subject, default: []].append(report) }
        steps[subject] = max(
          10, min(2000, Int(settings.seconds * 1e6 / (2 * max(1, report.stepMicroseconds)))))
        progress(Self.line(round, of: plan.rounds, subject, report))
      }
    }
    let bandwidths = try plan.ranks.filter { $0 > 1 }.compactMap { ranks in
      try plan.subjects.first { $0.ranks == ranks }.flatMap { runs[$0]?.last }.map(bandwidth)
    }
    let series = plan.modes.map { mode in
      let base = runs[plan.subject(mode, ranks: plan.ranks[0])] ?? []
      let points = plan.ranks.compactMap { ranks -> Point? in
        guard let own = runs[plan.subject(mode, ranks: ranks)] else { return nil }
        return Point(
          own, base: base, isShapeOnly: !own.allSatisfy(\.hasACoreAThread),
          rooflineShare: bandwidths.first { $0.ranks == ranks }?.rooflineShare(
            algorithm: Self.benchmarkName(own[0].algorithm), bytes: own[0].gradientBytes))
      }
      return ScalingResults.Series(mode: mode, points: points)
    }
    let all = runs.values.joined()
    return ScalingResults(
      job: settings.job, date: date,
      machine: .init(
        processor: Self.processor, cores: settings.cores, hosts: all.map(\.hosts).max() ?? 1),
      launcher: launcher(ranks: plan.ranks.last ?? 1).template.joined(separator: " "),
      rounds: plan.rounds, threads: settings.threads,
      isShapeOnly: !all.allSatisfy(\.hasACoreAThread), series: series, bandwidths: bandwidths)
  }

  // MARK: - Checks

  private func check(_ subject: Subject) throws {
    let threads = subject.ranks * settings.threads
    guard threads <= settings.cores || settings.mayShareCores else {
      throw ScalingError.refused(
        "\(subject.ranks) ranks x \(settings.threads) threads are more than \(settings.cores) cores: ranks that share cores tell nothing of efficiency; leave \(subject.ranks) out of --ranks, or add --oversubscribe to see the shape only"
      )
    }
    guard subject.globalBatch >= subject.ranks else {
      throw ScalingError.refused(
        "a global batch of \(subject.globalBatch) leaves nothing for some of \(subject.ranks) ranks: leave \(subject.ranks) out of --ranks, or raise training.globalBatch"
      )
    }
    if let count = microBatches(subject), count < subject.ranks {
      throw ScalingError.refused(
        "training.microBatches is \(count), which leaves nothing for some of \(subject.ranks) ranks: leave \(subject.ranks) out of --ranks, or raise it (--set training.microBatches=\(subject.ranks), or auto)"
      )
    }
  }

  /// The fixed number of micro-batches; it grows with the batch.
  private func microBatches(_ subject: Subject) -> Int? {
    settings.microBatches.map {
      $0 * subject.globalBatch / settings.plan.subjects[0].globalBatch
    }
  }

  // MARK: - Runs

  private func launcher(ranks: Int) -> Launcher {
    settings.launcher
      ?? Launcher(
        threads: settings.threads, mayShareCores: ranks * settings.threads > settings.cores,
        environment: settings.environment)
  }

  private func output(_ subject: String, ranks: Int, _ arguments: [String]) throws -> String {
    let words = launcher(ranks: ranks).words(
      ranks: ranks, threads: settings.threads, settings.trireme + arguments)
    let run = try runner(words)
    guard run.exitCode == 0 else {
      let said = run.errors.trimmingCharacters(in: .whitespacesAndNewlines)
      throw ScalingError.runFailed(
        "the run on \(subject) ended with exit code \(run.exitCode):\n  \(words.joined(separator: " "))\n\(said.suffix(2000))",
        exitCode: run.exitCode)
    }
    return run.output
  }

  private func measure(
    _ subject: Subject, steps: Int, writesCheckpoint: Bool
  ) throws -> RunReport {
    var arguments = [
      "bench", "train", settings.job, "--efficiency", "--json", "--steps", "\(steps)", "--warmup",
      "\(max(3, min(50, steps / 5)))",
    ]
    let values =
      settings.overrides + [
        "training.threads=\(settings.threads)", "training.globalBatch=\(subject.globalBatch)",
      ] + (microBatches(subject).map { ["training.microBatches=\($0)"] } ?? [])
    for value in values { arguments += ["--set", value] }
    if settings.readsInput { arguments.append("--input") }
    if writesCheckpoint { arguments += ["--checkpoint", "\(settings.scratch)/checkpoints"] }
    let name = subject.ranks == 1 ? "1 rank" : "\(subject.ranks) ranks"
    let text = try output(name, ranks: subject.ranks, arguments)
    guard let report = try? RunReport(output: text) else {
      throw ScalingError.malformed(
        "the run on \(name) printed something else than its measurements: \(text.prefix(500))")
    }
    guard report.ranks == subject.ranks else {
      throw ScalingError.refused(
        "\(name) were started, but MPI sees \(report.ranks): the launcher does not fit the MPI library; see trireme doctor"
      )
    }
    guard report.hasACoreAThread || settings.mayShareCores else {
      throw ScalingError.refused(
        "\(name) x \(report.threads) threads ran on \(report.cores) different cores: let the launcher bind each rank to cores of its own (--launcher), or add --oversubscribe to see the shape only"
      )
    }
    return report
  }

  private static func line(
    _ round: Int, of rounds: Int, _ subject: Subject, _ report: RunReport
  ) -> String {
    let place = round == 0 ? "warm-up" : "round \(round) of \(rounds)"
    return String(
      format: "%@: %d %@, batch %d: step %.3f ms", place, subject.ranks,
      subject.ranks == 1 ? "rank" : "ranks", subject.globalBatch, report.stepMicroseconds / 1e3)
  }

  // MARK: - Bandwidth

  /// The name under which `bench allreduce` measures what moves the gradients.
  private static func benchmarkName(_ algorithm: String) -> String {
    // Fixed trees are no choice of that command; `auto` moves as they do.
    algorithm.lowercased().hasSuffix("tree") ? "auto" : algorithm
  }

  /// All-reduces by size on the ranks of `run`.
  private func bandwidth(_ run: RunReport) throws -> ScalingResults.Bandwidth {
    struct Output: Decodable {
      let rows: [ScalingResults.Bandwidth.Row]
      let rooflineGBps: Double
    }
    struct Model: Decodable {
      struct Path: Decodable { let rate: Double }
      let network: Path
    }
    let own = Self.benchmarkName(run.algorithm)
    let sizes = Set([4 << 10, 64 << 10, 1 << 20, 16 << 20, max(4, run.gradientBytes / 4 * 4)])
      .sorted()
    let tuning = "\(settings.scratch)/network-\(run.ranks).json"
    let text = try output(
      "\(run.ranks) ranks", ranks: run.ranks,
      [
        "bench", "allreduce", "--json", "--written", "--repeat", "11", "--sizes",
        sizes.map(String.init).joined(separator: ","), "--algorithms",
        own == "native" ? own : "\(own),native", "--tune", tuning,
      ])
    let line = text.split(whereSeparator: \.isNewline).last ?? ""
    guard let output = try? JSONDecoder().decode(Output.self, from: Data(line.utf8)) else {
      throw ScalingError.malformed("bench allreduce printed something else: \(text.prefix(500))")
    }
    let model = (try? Data(contentsOf: URL(fileURLWithPath: tuning))).flatMap {
      try? JSONDecoder().decode(Model.self, from: $0)
    }
    return ScalingResults.Bandwidth(
      ranks: run.ranks, hosts: run.hosts, rows: output.rows, rooflineGBps: output.rooflineGBps,
      networkGBps: run.hosts > 1 ? model?.network.rate : nil)
  }

  /// The processor's name, as Linux gives it.
  private static var processor: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":", maxSplits: 1).last ?? "unknown processor"
    return name.trimmingCharacters(in: .whitespaces)
  }
}
