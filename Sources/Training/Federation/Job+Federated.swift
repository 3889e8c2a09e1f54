public import Federated

extension Job {
  /// How clients learn together without giving away their data: the key `federated`.
  public struct Federated: Equatable, Sendable {
    /// Where clients come from.
    public enum Partition: Equatable, Sendable {
      /// Made up: samples are dealt out.
      case made(any Partitioner)
      /// Each shard is one client.
      case files
      /// A dataset of the shards names each sample's client by a number.
      case attribute(String)

      /// Whether both are of equal kinds and settings.
      public static func == (a: Partition, b: Partition) -> Bool {
        switch (a, b) {
        case (.made(let a), .made(let b)): a.isEqual(to: b)
        case (.files, .files): true
        case (.attribute(let a), .attribute(let b)): a == b
        default: false
        }
      }
    }

    /// How updates count in their mean.
    public enum Weighting: String, Sendable, CaseIterable {
      /// As the algorithm wants.
      case auto
      /// By samples.
      case samples
      /// All alike.
      case uniform
    }

    /// In which order each rank trains its clients: without influence on the result.
    public enum Order: String, Sendable, CaseIterable {
      /// Those with most samples first.
      case longestFirst
      /// The other way round.
      case shortestFirst
    }

    /// What is measured, and how often.
    public struct Evaluation: Hashable, Sendable {
      /// The test split after each so many rounds.
      public var everyRounds = 1
      /// The samples of all clients after each so many rounds; nil: never.
      public var clientsEveryRounds: Int?
      /// The share of each client's samples that is kept from training and measured; 0: training
      /// samples are measured.
      public var holdOut = 0.0
      /// The training ends when the test split's accuracy has reached this; nil: never.
      public var target: Double?
      /// Passes of each client over its own samples before it is measured a second time; nil: no second
      /// time.
      public var fineTuneEpochs: Int?
    }

    /// Rounds of the whole training.
    public var rounds = 0
    /// Clients to be made; nil: those that the data has.
    public var clients: Int?
    /// Where clients come from.
    public var partition = Partition.made(IIDPartitioner())
    /// How the clients of a round are chosen.
    public var cohort: any CohortSampler = WholeCohort()
    /// Steps whenever so many updates have come, in the place of rounds; nil: rounds.
    public var asynchronous: Asynchrony?
    /// Averaging with neighbours in the place of a server; nil: a server's mean.
    public var gossip: Gossip?
    /// Clients as groups of ranks; nil: ranks share the clients out.
    public var silos: SiloSettings?
    /// Passes of a client over its samples in a round.
    public var localEpochs = 1
    /// Samples of a client's step; nil: all it has.
    public var localBatch: Int? = 32
    /// What clients and server do.
    public var algorithm: any Algorithm = FedAvg()
    /// How the server makes a step.
    public var server: any ServerOptimizer = ServerSGD()
    /// How updates count.
    public var weighting = Weighting.auto
    /// Who answers, and when.
    public var availability = Availability()
    /// Parameters that stay with their clients, by patterns of their paths.
    public var personal: [String] = []
    /// How updates become shorter on their way; nil: not at all.
    public var compression: (any Compression)?
    /// What takes the place of the mean; nil: the mean.
    public var robust: (any RobustRule)?
    /// The largest norm of an update; nil: any.
    public var clipNorm: Double?
    /// What some clients do, to test the rest.
    public var attack: Attack?
    /// How updates become integers.
    public var fixedPoint = FixedPoint()
    /// In which order clients are trained.
    public var order = Order.longestFirst
    /// What is measured.
    public var evaluation = Evaluation()

    /// The defaults; rounds are still to be set.
    public init() {}

    /// Whether both learn the same way.
    public static func == (a: Federated, b: Federated) -> Bool {
      a.rounds == b.rounds && a.clients == b.clients && a.partition == b.partition
        && a.cohort.isEqual(to: b.cohort) && a.localEpochs == b.localEpochs
        && a.localBatch == b.localBatch
        && a.algorithm.isEqual(to: b.algorithm)
        && a.server.isEqual(to: b.server) && a.weighting == b.weighting
        && a.availability == b.availability && a.personal == b.personal
        && same(a.compression, b.compression) && same(a.robust, b.robust)
        && a.clipNorm == b.clipNorm && a.attack == b.attack
        && a.gossip == b.gossip && a.silos == b.silos
        && a.asynchronous == b.asynchronous && a.fixedPoint == b.fixedPoint && a.order == b.order
        && a.evaluation == b.evaluation
    }

    private static func same(_ a: (any Compression)?, _ b: (any Compression)?) -> Bool {
      guard let a, let b else { return a == nil && b == nil }
      return a.isEqual(to: b)
    }

    private static func same(_ a: (any RobustRule)?, _ b: (any RobustRule)?) -> Bool {
      guard let a, let b else { return a == nil && b == nil }
      return a.isEqual(to: b)
    }
  }

  /// The federation that the job describes; nil if it has no key `federated`.
  public var federation: Federation? {
    guard let settings = federated else { return nil }
    var federation = Federation(
      training: LocalTraining(
        model: model, loss: loss, policy: optimizer.policy, batch: settings.localBatch,
        epochs: settings.localEpochs, privateSteps: privacy?.samples))
    federation.algorithm = settings.algorithm
    federation.server = settings.server
    federation.sampler = settings.cohort
    federation.availability = settings.availability
    federation.asynchrony = settings.asynchronous
    federation.gossip = settings.gossip
    federation.silos = settings.silos
    federation.weighsBySamples =
      settings.weighting == .auto ? nil : settings.weighting == .samples
    federation.fixedPoint = settings.fixedPoint
    federation.personal = settings.personal
    federation.compression = settings.compression
    federation.robust = settings.robust
    federation.normClipping = settings.clipNorm.map(NormClipping.init)
    federation.attack = settings.attack
    federation.privacy = privacy?.clients
    federation.secure = privacy?.secureAggregation
    federation.reversesOrder = settings.order == .shortestFirst
    federation.seed = training.seed
    return federation
  }
}
