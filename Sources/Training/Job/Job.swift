public import Collectives
public import Engine
public import Layers
public import Optimizers

/// What a job file asks for, with all defaults filled in.
///
/// The keys of the file are the properties here, by the same names; `Documentation/job-file.md` is
/// the reference. Two jobs are equal if they train the same way: the places of their lines do not count.
public struct Job: Equatable, Sendable {
  /// Where samples come from.
  public var data: Data
  /// How samples are read.
  public var loading = Loading()
  /// The network.
  public var model: Model
  /// What is minimised.
  public var loss: Loss
  /// What evaluations report beside loss and accuracy.
  public var metrics: Metrics
  /// How parameters change.
  public var optimizer: Optimization
  /// How long, in which portions.
  public var training: Training
  /// How ranks work together.
  public var parallel: Parallel
  /// What is kept on disk.
  public var checkpoint: Checkpoint
  /// What is done about a loss that is no number, or explodes.
  public var divergence: Divergence
  /// How clients learn together; nil: the job has no clients.
  public var federated: Federated?
  /// What is kept secret; nil: nothing.
  public var privacy: Privacy?
}

extension Job {
  /// Numbers about predictions.
  public struct Metrics: Equatable, Sendable {
    /// The metrics in the order in which they are reported.
    public var list: [any Metric]

    /// The given metrics.
    public init(_ list: [any Metric] = []) { self.list = list }

    /// Whether both have equal metrics in the same order.
    public static func == (a: Metrics, b: Metrics) -> Bool {
      a.list.count == b.list.count && zip(a.list, b.list).allSatisfy { $0.isEqual(to: $1) }
    }
  }

  /// How parameters change: by a policy, at a learning rate.
  public struct Optimization: Equatable, Sendable {
    /// The rule with its parameter groups, clipping and average of weights.
    public var policy: UpdatePolicy
    /// The learning rate of each step.
    public var schedule: any Schedule

    /// A policy with a schedule.
    public init(policy: UpdatePolicy, schedule: any Schedule) {
      self.policy = policy
      self.schedule = schedule
    }

    /// A rule by itself with a schedule.
    public init(rule: any Optimizer, schedule: any Schedule) {
      self.init(policy: UpdatePolicy(rule), schedule: schedule)
    }

    /// The rule.
    public var rule: any Optimizer { policy.rule }

    /// Whether policy and schedule have equal kinds and settings.
    public static func == (a: Optimization, b: Optimization) -> Bool {
      a.policy == b.policy && a.schedule.isEqual(to: b.schedule)
    }
  }

  /// How long to train, in which portions.
  public struct Training: Hashable, Sendable {
    /// Passes over the train split; nil: not limited.
    public var epochs: Int?
    /// Updates of the parameters; nil: not limited. Whichever limit is reached first ends the training.
    public var steps: Int?
    /// Samples of one update, summed over ranks.
    public var globalBatch = 32
    /// Parts into which a global batch is cut, which fix the order of summation: with a number the
    /// bits do not depend on how many ranks share the parts. Nil: one a rank.
    public var microBatches: Int?
    /// The seed of initialisation, shuffling, dropout and synthetic data.
    public var seed: UInt64 = 0
    /// What the loss is multiplied by for the backward pass; the update knows nothing of it. Nil: a scale
    /// that follows the gradients.
    public var lossScale: Float? = 1
    /// In which numbers products take their operands, where the processors of all ranks have them.
    public var compute = Arithmetic.float32
    /// Threads of a rank; nil: as many as make ranks x threads = cores.
    public var threads: Int?

    /// The defaults; a limit is still to be set.
    public init() {}
  }

  /// How ranks work together.
  public struct Parallel: Hashable, Sendable {
    /// The algorithm that sums gradients over ranks.
    public enum AllReduce: String, Hashable, Sendable, CaseIterable {
      /// Shared memory on one node; on several, chosen by size.
      case auto
      /// Our ring over point-to-point messages.
      case ring
      /// `MPI_Allreduce`.
      case native
      /// Memory that the ranks of one node share.
      case window
      /// Recursive doubling, for small models.
      case doubling
      /// Recursive halving and doubling.
      case halving
      /// Shared memory on each node, rings between nodes.
      case hierarchical
    }

    /// The algorithm that sums gradients over ranks.
    public var allReduce = AllReduce.auto
    /// A file with latencies and rates, by which `auto` chooses; nil: those of common machines.
    public var allReduceModel: DataPath?
    /// Gradients are sent in buckets of so many megabytes (10^6 bytes).
    public var bucketMegabytes = 25.0
    /// How gradients are shortened on the wire.
    public var compression = GradientCompression.none
    /// How gradients of ranks become one.
    public enum Combination: String, Hashable, Sendable, CaseIterable {
      /// The mean over all samples.
      case mean
      /// What ranks agree on averaged, what they do not added.
      case adasum
    }

    /// How gradients of ranks become one.
    public var combination = Combination.mean
    /// Whether a thread of its own moves the sums over ranks on.
    public var progressThread = false
    /// Whether each rank holds a share of the optimizer's state only; nil where ranks share memory and
    /// lose nothing by it.
    public var shardOptimizer: Bool?
    /// What becomes of a run that has lost a rank.
    public enum Failure: String, Hashable, Sendable, CaseIterable {
      /// It ends, to be started again from its last checkpoint.
      case stop
      /// The ranks that are left go on.
      case shrink
    }

    /// What becomes of a run that has lost a rank.
    public var onFailure = Failure.stop
    /// Seconds that a rank may be silent, or keep the others waiting, until the job is ended.
    public var timeoutSeconds = 300.0

    /// The defaults.
    public init() {}

    /// The capacity of a bucket in bytes.
    public var bucketByteLimit: Int { Int(bucketMegabytes * 1e6) }
  }
}
