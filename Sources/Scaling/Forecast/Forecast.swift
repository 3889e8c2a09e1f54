public import Parallelism

/// How far a job should scale on a network, and what would make it scale further: answers of
/// ``StepReplay`` for many numbers of ranks and settings.
public struct Forecast: Codable, Sendable, Equatable {
  /// What is predicted for a number of ranks; microseconds.
  public struct Row: Codable, Sendable, Equatable {
    /// The number of ranks.
    public var ranks: Int
    /// Samples of a rank's step.
    public var samplesPerRank: Int
    /// A step.
    public var step: Double
    /// Samples of all ranks in a second.
    public var samplesPerSecond: Double
    /// Of one rank's speed, times ranks; 1 is ideal.
    public var efficiency: Double
    /// Forward and backward pass.
    public var compute: Double
    /// Waiting for sums over ranks, or working on them.
    public var exposed: Double
    /// Sums behind computation.
    public var hidden: Double
    /// Waiting for the slowest rank.
    public var stragglers: Double
    /// Waiting for samples.
    public var input: Double
    /// The update of parameters.
    public var update: Double
    /// What takes most of the step beside compute, in words.
    public var limit: String
  }

  /// A setting and the step that it should lead to.
  public struct Choice: Codable, Sendable, Equatable {
    /// As a job file says it.
    public var value: String
    /// Microseconds of a step.
    public var step: Double
  }

  /// The settings that would be best at a number of ranks, the others being as the job has them.
  public struct Advice: Codable, Sendable, Equatable {
    /// The number of ranks.
    public var ranks: Int
    /// `parallel.allReduce`, from the fastest.
    public var algorithms: [Choice]
    /// `parallel.bucketMegabytes`, from the fastest.
    public var bucketMegabytes: [Choice]
    /// `parallel.compression`, from the fastest.
    public var compressions: [Choice]
    /// The least samples of a rank with an efficiency of 90 % when the global batch grows with ranks;
    /// nil if up to 64 times the job's are too few.
    public var samplesFor90: Int?
    /// The same for 80 %.
    public var samplesFor80: Int?
  }

  /// The job.
  public var job: String
  /// The network.
  public var network: String
  /// What stays when ranks are added.
  public var mode: ScalingMode
  /// By ascending number of ranks.
  public var rows: [Row]
  /// The most ranks with an efficiency of 90 %; nil if not even one has.
  public var ranksAt90: Int?
  /// The same with 80 %.
  public var ranksAt80: Int?
  /// Whether more ranks than the forecast looked at might have 90 %.
  public var isOpenAt90: Bool
  /// The same with 80 %.
  public var isOpenAt80: Bool
  /// What would be best at the largest number of ranks.
  public var advice: Advice
  /// Bytes that a rank needs.
  public var memory: StepProfile.Memory

  /// Plans. Local; takes a moment.
  ///
  /// - Parameters:
  ///   - ranks: ascending; at least one.
  ///   - settings: those of the job.
  public init(
    _ profile: StepProfile, ranks: [Int], on network: Network, mode: ScalingMode,
    settings: StepReplay.Settings = .init()
  ) {
    precondition(!ranks.isEmpty && ranks == ranks.sorted(), "ranks of a plan ascend")
    let planner = Planner(profile: profile, network: network, mode: mode, settings: settings)
    job = profile.job
    self.network = network.name
    self.mode = mode
    rows = ranks.compactMap { planner.row($0) }
    let most = ranks.last ?? 1
    ranksAt90 = planner.mostRanks(with: 0.9, among: rows)
    ranksAt80 = planner.mostRanks(with: 0.8, among: rows)
    isOpenAt90 = ranksAt90 == most
    isOpenAt80 = ranksAt80 == most
    advice = planner.advice(rows.last?.ranks ?? 1)
    memory = profile.memory
  }

  /// The curve for a report.
  public var prediction: Prediction {
    Prediction(
      name: "plan, \(network), \(mode.rawValue)",
      points: rows.map {
        .init(ranks: $0.ranks, stepSeconds: $0.step / 1e6, efficiency: $0.efficiency)
      })
  }
}
