/// How the batch grows with the ranks.
public enum ScalingMode: String, Codable, Sendable, CaseIterable {
  /// The global batch stays: the same work, sooner.
  case strong
  /// The batch of a rank stays: more work in the same time.
  case weak
}

/// Something to measure: a number of ranks and a global batch. What two series share is measured once.
public struct Subject: Hashable, Sendable {
  /// The number of ranks.
  public let ranks: Int
  /// Samples of a step, over all ranks.
  public let globalBatch: Int

  /// A subject; see the properties.
  public init(ranks: Int, globalBatch: Int) {
    self.ranks = ranks
    self.globalBatch = globalBatch
  }
}

/// What a scaling test measures, and in which order.
///
///     round 0 (not counted)   1  2  4
///     round 1                 4  2  1
///     round 2                 1  2  4        every other round goes backwards, so that a machine
///     round 3                 4  2  1        that slows down meets all rank counts alike
public struct ScalingPlan: Sendable {
  /// Rank counts, ascending.
  public let ranks: [Int]
  /// The modes, each a series.
  public let modes: [ScalingMode]
  /// Rounds that count.
  public let rounds: Int
  private let globalBatch: Int

  /// - Parameters:
  ///   - globalBatch: the job's; that of the smallest rank count in weak scaling.
  public init(ranks: [Int], modes: [ScalingMode], rounds: Int, globalBatch: Int) {
    precondition(!ranks.isEmpty && rounds > 0, "nothing to measure")
    self.ranks = Set(ranks).sorted()
    self.modes = modes
    self.rounds = rounds
    self.globalBatch = globalBatch
  }

  /// The subject of a mode on so many ranks. In weak scaling a rank of the smallest run has as many
  /// samples as the job's batch gives it.
  public func subject(_ mode: ScalingMode, ranks count: Int) -> Subject {
    switch mode {
    case .strong: Subject(ranks: count, globalBatch: globalBatch)
    case .weak: Subject(ranks: count, globalBatch: globalBatch * count / ranks[0])
    }
  }

  /// Everything to measure, each once, by ranks.
  public var subjects: [Subject] {
    var seen: Set<Subject> = []
    return ranks.flatMap { count in modes.map { subject($0, ranks: count) } }
      .filter { seen.insert($0).inserted }
  }

  /// The subjects of a round in their order; round 0 is the warm-up.
  public func order(round: Int) -> [Subject] {
    round % 2 == 0 ? subjects : subjects.reversed()
  }
}
