/// What was measured on some ranks, in a series; medians over rounds.
public struct Point: Codable, Sendable, Equatable {
  /// What the time of a step goes into; microseconds.
  public struct Split: Codable, Sendable, Equatable {
    /// Forward, backward and update.
    public var compute: Double
    /// Of ``compute``, what a rank of the smallest run needs less for the same work: cores share memory
    /// and clock, and small batches use a core less well.
    public var slowdown: Double
    /// Communication that the step waits for, or that takes its core.
    public var exposed: Double
    /// Waiting for the slowest rank.
    public var imbalance: Double
    /// Waiting for samples and converting them.
    public var input: Double
    /// A checkpoint, spread over the steps between two.
    public var checkpoint: Double
    /// Communication while the step goes on; no part of its time.
    public var hidden: Double

    /// The time of a step with its share of a checkpoint.
    public var total: Double { compute + exposed + imbalance + input + checkpoint }
  }

  /// The number of ranks.
  public var ranks: Int
  /// Hosts on which they ran.
  public var hosts: Int
  /// Samples of a step, over all ranks.
  public var globalBatch: Int
  /// The all-reduce.
  public var algorithm: String
  /// A step, without checkpoints.
  public var stepMicroseconds: Estimate
  /// Samples of all ranks in a second.
  public var samplesPerSecond: Estimate
  /// Samples a second over those of the smallest run, round by round.
  public var speedUp: Estimate
  /// The speed-up over the ideal one; nil where ranks shared cores.
  public var efficiency: Estimate?
  /// A step of the same ranks without the sum over them, over one with it, in the mean of the ranks; nil
  /// where ranks shared cores and for one rank.
  public var synchronizationEfficiency: Estimate?
  /// The same where a step lasts until its last rank has ended it: a rank that is slower than others by
  /// itself is the last in both kinds of step, and does not count. Nil as above.
  public var lastEfficiency: Estimate?
  /// The speed-up over the ideal one where ranks shared cores, so that it says how costs grow and nothing
  /// about how a machine scales.
  public var shape: Estimate?
  /// What a step goes into.
  public var split: Split
  /// Bytes of a rank's gradients as they are summed.
  public var gradientBytes: Int
  /// Bytes that the busiest rank sends in messages in a step; nil if MPI does not tell.
  public var sentBytes: Int?
  /// What the all-reduce of the gradients moves over what the machine moves at most; nil for one rank.
  public var rooflineShare: Double?
  /// Joules of all hosts for a step; nil if a host does not tell.
  public var joules: Double?

  /// ``efficiency`` or ``shape``.
  public var ratio: Estimate { efficiency ?? shape ?? Estimate([1]) }
}

extension Point {
  /// The point of `runs`, one a round, beside the `base` runs of the smallest rank count in the same
  /// rounds.
  ///
  ///     speed-up (P) = samples/s (P) / samples/s (P0)      efficiency (P) = speed-up (P) x P0 / P
  ///
  /// Ratios are taken round by round: what slows the machine down for a while is in both.
  init(_ runs: [RunReport], base: [RunReport], isShapeOnly: Bool, rooflineShare: Double?) {
    let (first, origin) = (runs[0], base[0])
    let rates = runs.map { Double($0.samples) / $0.stepMicroseconds * 1e6 }
    let baseRates = base.map { Double($0.samples) / $0.stepMicroseconds * 1e6 }
    let speedUps = zip(rates, baseRates).map { $0 / $1 }
    let ideal = Double(first.ranks) / Double(origin.ranks)
    let ratio = Estimate(speedUps.map { $0 / ideal })
    func median(_ value: (RunReport) -> Double) -> Double { Estimate(runs.map(value)).median }
    let compute = median(\.computeMicroseconds)
    // What a rank of the base would need for this rank's samples.
    let work =
      Double(first.samples) / Double(first.ranks) / (Double(origin.samples) / Double(origin.ranks))
    let expected = Estimate(base.map(\.computeMicroseconds)).median * work
    ranks = first.ranks
    hosts = first.hosts
    globalBatch = first.samples
    algorithm = first.algorithm
    stepMicroseconds = Estimate(runs.map(\.stepMicroseconds))
    samplesPerSecond = Estimate(rates)
    speedUp = Estimate(speedUps)
    efficiency = isShapeOnly ? nil : ratio
    shape = isShapeOnly ? ratio : nil
    synchronizationEfficiency =
      isShapeOnly || ranks == 1
      ? nil : Estimate(runs.map { $0.aloneMicroseconds / $0.stepMicroseconds })
    lastEfficiency = isShapeOnly || ranks == 1 ? nil : Estimate(runs.map(\.lastEfficiency))
    split = Split(
      compute: compute, slowdown: max(0, compute - expected),
      exposed: median(\.exposedMicroseconds),
      imbalance: median(\.imbalanceMicroseconds), input: median(\.inputMicroseconds),
      checkpoint: median { $0.checkpointMicroseconds ?? 0 }, hidden: median(\.hiddenMicroseconds))
    gradientBytes = first.gradientBytes
    sentBytes = first.sentBytes
    self.rooflineShare = rooflineShare
    let joules = runs.compactMap(\.joules)
    self.joules = joules.count == runs.count ? Estimate(joules).median : nil
  }
}
