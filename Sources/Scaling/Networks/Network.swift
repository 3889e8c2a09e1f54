public import Collectives

/// What connects the ranks of a cluster, level by level, as a trainer sees it through MPI.
///
///     memory of a node (window) < messages in a node < messages between nodes of a switch < across switches
public struct Network: Sendable, Equatable {
  /// A way from rank to rank: a message of b bytes arrives `latency + b / rate` after it has left.
  public struct Path: Sendable, Equatable {
    /// Microseconds of an empty message.
    public var latency: Double
    /// Gigabytes a second in one direction, with one pair of ranks talking.
    public var rate: Double
    /// Messages beyond so many bytes ask first (rendezvous): they cost a request and an answer more, and
    /// the library must be entered for each. Nil: none does, or hardware answers.
    public var eager: Int?
    /// Microseconds of a core for each message sent or received.
    public var overhead: Double
    /// By which factor the rate falls when all ranks of the level send and receive at once.
    public var contention: Double

    /// A path; see the properties.
    public init(
      latency: Double, rate: Double, eager: Int? = nil, overhead: Double = 0,
      contention: Double = 1
    ) {
      self.latency = latency
      self.rate = rate
      self.eager = eager
      self.overhead = overhead
      self.contention = contention
    }

    /// Microseconds of a message on the wire, latency apart, when `crowd` ranks share the path.
    func wire(_ bytes: Double, crowd: Double = 1) -> Double {
      bytes * crowd * contention / rate / 1e3
    }
  }

  /// The level above the first switches.
  public struct Spine: Sendable, Equatable {
    /// Nodes of one switch.
    public var nodesPerSwitch: Int
    /// Between nodes of different switches; the rate is a node's share when all of them send across.
    public var path: Path

    /// A level; see the properties.
    public init(nodesPerSwitch: Int, path: Path) {
      self.nodesPerSwitch = nodesPerSwitch
      self.path = path
    }
  }

  /// The name in tables.
  public var name: String
  /// Ranks of a node, with which a plan fills nodes one after the other.
  public var ranksPerNode: Int
  /// An all-reduce in shared memory: latency, and the bytes of a buffer over its time.
  public var window: Path
  /// Messages between ranks of one node.
  public var node: Path
  /// Messages between nodes; all ranks of a node share the rate.
  public var network: Path
  /// Nil: all nodes hang on one switch, or all are equally far.
  public var spine: Spine?

  /// A network; see the properties.
  public init(
    name: String, ranksPerNode: Int = 1, window: Path = Path(latency: 1, rate: 15),
    node: Path = Path(latency: 1, rate: 5, eager: 4096), network: Path, spine: Spine? = nil
  ) {
    self.name = name
    self.ranksPerNode = ranksPerNode
    self.window = window
    self.node = node
    self.network = network
    self.spine = spine
  }

  /// The model by which ``AllReduceChoice/auto`` would choose, were it tuned on this network.
  public var model: AllReduceModel {
    var model = AllReduceModel()
    model.window = .init(latency: window.latency, rate: window.rate)
    model.node = .init(latency: node.latency, rate: node.rate)
    model.network = .init(latency: network.latency, rate: network.rate)
    return model
  }
}
