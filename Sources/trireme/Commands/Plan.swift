import ArgumentParser
import Collectives
import Foundation
import Parallelism
import Scaling
import Training

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Predict how far a job scales on a network, and what limits it.",
    discussion: """
      Replays the job's step as discrete events: ops as they were measured on one rank, each bucket's sum \
      when it is ready, message by message on the network of a file or of a name. See \
      Documentation/planning.md.

      Networks with a name: \(Network.named.map(\.name).joined(separator: ", ")).
      """)

  @OptionGroup var job: JobOptions

  @Option(help: "Numbers of ranks: 1,2,4 or 1,2,...,4096.")
  var ranks = "1,2,...,1024"

  @Option(
    help: ArgumentHelp(
      "A network file, or the name of a network; may be repeated.", valueName: "file-or-name"))
  var network: [String]

  @Option(help: "What bench train --profile has measured; measured here and now if not given.")
  var profile: String?

  @Option(help: "weak (the job's globalBatch is that of a rank), strong (of all ranks) or both.")
  var mode = "weak"

  @Option(help: "Ranks of a node, in place of the network's.")
  var ranksPerNode: Int?

  @Option(help: "Samples a second that the input of a rank delivers; see bench data.")
  var inputRate: Double?

  @Option(
    help: ArgumentHelp("Write report.html and plan.json to this folder.", valueName: "DIR"),
    completion: .directory)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Curves to show beside the plan's in the report: a JSON list of name and points (ranks, stepSeconds, efficiency).",
      valueName: "file"))
  var beside: String?

  @Flag(help: "Print one JSON object a network and mode.")
  var json = false

  func validate() throws {
    _ = try numbers()
    _ = try modes()
    guard !network.isEmpty else { throw ValidationError("--network is missing") }
    guard ranksPerNode ?? 1 >= 1 else {
      throw ValidationError("--ranks-per-node must be at least 1")
    }
    guard inputRate ?? 1 > 0 else { throw ValidationError("--input-rate must be above 0") }
  }

  func run() throws {
    let (numbers, modes) = (try numbers(), try modes())
    Launch.onAllRanks { world in
      let settings = try world.agreeing { try job.load() }
      var networks = try world.agreeing { try network.map(Self.read) }
      for index in networks.indices {
        networks[index].ranksPerNode = ranksPerNode ?? networks[index].ranksPerNode
      }
      var profile = try world.agreeing { try self.profile.map(StepProfile.init(file:)) }
      if profile == nil {
        profile = try ProfileBenchmark(settings, name: job.name, on: world).run()
      }
      guard world.isRoot, var profile else { return }
      profile.inputRate = inputRate ?? profile.inputRate
      var plans: [Forecast] = []
      for (index, network) in networks.enumerated() {
        for (number, mode) in modes.enumerated() {
          let plan = Forecast(
            profile, ranks: numbers, on: network, mode: mode,
            settings: StepReplay.Settings(settings))
          if !json, index + number > 0 { Console.print("") }
          Console.print(json ? try plan.json : plan.text)
          plans.append(plan)
        }
      }
      if let output { try Self.write(plans, beside: beside, to: output) }
    }
  }

  private func numbers() throws -> [Int] {
    do {
      return try RankList.numbers(in: ranks)
    } catch {
      throw ValidationError("--ranks: \(error)")
    }
  }

  private func modes() throws -> [ScalingMode] {
    if mode == "both" { return [.weak, .strong] }
    guard let known = ScalingMode(rawValue: mode) else {
      throw ValidationError("--mode is weak, strong or both, not \"\(mode)\"")
    }
    return [known]
  }

  private static func write(_ plans: [Forecast], beside: String?, to folder: String) throws {
    let others: [Prediction]
    do {
      others =
        try beside.map {
          try JSONDecoder().decode(
            [Prediction].self, from: Data(contentsOf: URL(fileURLWithPath: $0)))
        } ?? []
    } catch {
      throw Failure(.badData, "\(beside ?? ""): is no list of curves: \(error)")
    }
    let url = URL(fileURLWithPath: folder)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      try Data(ForecastReport(plans, beside: others).html().utf8)
        .write(to: url.appendingPathComponent("report.html"), options: .atomic)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try encoder.encode(plans)
        .write(to: url.appendingPathComponent("plan.json"), options: .atomic)
    } catch {
      throw Failure(.inputOutput, "\(folder): cannot be written: \(error.localizedDescription)")
    }
  }

  private static func read(_ network: String) throws -> Network {
    do {
      return try Network(named: network)
    } catch {
      throw Failure(.usage, "\(error)")
    }
  }
}

extension StepReplay.Settings {
  /// The job's.
  fileprivate init(_ job: Job) {
    let parallel = job.parallel
    let mayShare =
      parallel.onFailure != .shrink && parallel.compression == .none
      && parallel.combination != .adasum && !job.optimizer.policy.needsWholeGradient
    self.init(
      algorithm: AllReduceChoice(rawValue: parallel.allReduce.rawValue) ?? .auto,
      bucketBytes: parallel.bucketByteLimit, compression: parallel.compression,
      hasProgressThread: parallel.progressThread,
      sharesUpdate: parallel.shardOptimizer ?? mayShare)
  }
}
