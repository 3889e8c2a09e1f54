/// What an all-reduce costs on the machine at hand, by which `auto` chooses.
///
/// A message takes `latency + bytes / rate`. The constants are those of common machines until
/// ``measured(on:)`` replaces them.
public struct AllReduceModel: Codable, Sendable, Equatable {
  /// A way from rank to rank.
  public struct Path: Codable, Sendable, Equatable {
    /// Microseconds of an empty message.
    public var latency: Double
    /// Gigabytes a second.
    public var rate: Double
    /// Longer messages than so many bytes ask first, which costs two more latencies; nil: none does.
    public var eager: Int?
    /// By which factor a message takes longer when one goes the other way; nil: not measured.
    public var contention: Double?

    /// A path with these constants.
    public init(latency: Double, rate: Double) {
      self.latency = latency
      self.rate = rate
    }

    func microseconds(_ bytes: Double) -> Double { latency + bytes / rate / 1e3 }
  }

  /// Messages between ranks of one node.
  public var node: Path
  /// Messages between nodes. All ranks of a node share the rate.
  public var network: Path
  /// An all-reduce in shared memory: its latency, and the bytes of a buffer over its time.
  public var window: Path

  /// Shared memory of one socket, and a network of 10 Gbit/s over TCP.
  public init() {
    node = Path(latency: 1, rate: 5)
    network = Path(latency: 30, rate: 1.1)
    window = Path(latency: 1, rate: 15)
  }

  /// The microseconds that an algorithm should take, infinite where it cannot run.
  ///
  /// - Parameters:
  ///   - bytes: N, the bytes of a buffer.
  ///   - nodes: the number of nodes.
  ///   - ranksPerNode: the ranks of the largest node.
  package func microseconds(
    _ choice: AllReduceChoice, bytes: Int, nodes: Int, ranksPerNode: Int
  ) -> Double {
    let (n, nodes, local) = (Double(bytes), Double(nodes), Double(ranksPerNode))
    let ranks = nodes * local
    let path = nodes > 1 ? network : node
    // How many ranks of a node send over its link at a time when partners are far apart.
    let crowd = nodes > 1 ? local : 1
    func steps(_ count: Double) -> Double { count.exponentLog }
    switch choice {
    case .window:
      return nodes > 1 ? .infinity : window.microseconds(n)
    case .ring:
      return 2 * (ranks - 1) * path.microseconds(n / ranks)
    case .doubling:
      return steps(nodes) * network.microseconds(n * crowd) + steps(local) * node.microseconds(n)
    case .halving:
      let share = n * crowd * (1 - 1 / max(nodes, 1))
      return 2 * steps(ranks) * path.latency
        + 2 * (nodes > 1 ? share / network.rate : n * (1 - 1 / ranks) / node.rate) / 1e3
    case .hierarchical:
      return nodes > 1
        ? window.microseconds(2 * n) + 2 * (nodes - 1) * network.microseconds(n / nodes)
        : .infinity
    case .native, .auto:
      return .infinity
    }
  }
}

extension Double {
  /// The steps of an exchange among so many, with one more before and after where they are no power
  /// of two.
  fileprivate var exponentLog: Double {
    let count = Int(self.rounded(.up))
    guard count > 1 else { return 0 }
    let depth = Int.bitWidth - 1 - count.leadingZeroBitCount
    return Double(depth + (count == 1 << depth ? 0 : 2))
  }
}
