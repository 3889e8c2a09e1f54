public import MPI

/// The all-reduce of ranks on several nodes: shared memory on each node, and between nodes as many
/// rings as a node has ranks.
///
///     2 nodes x 2 ranks      slice 0                 slice 1
///     node 0    rank 0       a0 ┐ +0 = ab0 <─┐       a1 ┐
///               rank 1       b0 ┘            │       b1 ┘ +1 = ab1 <─┐
///                                            │ ring 0                │ ring 1
///     node 1    rank 2       c0 ┐ +2 = cd0 <─┘       c1 ┐            │
///               rank 3       d0 ┘                    d1 ┘ +3 = cd1 <─┘
///
/// Local rank l adds up slice l of its node's buffers, drives a ring over it with the ranks l of the
/// other nodes, and writes the sum to all buffers of its node. With n nodes a node's link carries 2
/// (n - 1) / n x N bytes in each direction, whatever the number of ranks; a flat ring of P ranks
/// carries 2 (P - 1) / P x N. All ranks of a node keep the link busy, and none collects for all.
///
/// Nodes may have different numbers of ranks: there are as many slices as the smallest node has
/// ranks, and the others' spare ranks only lend their buffers.
///
/// As in ``SharedWindowAllReduce``, buffers from ``memory(count:)`` are reduced without copies.
/// Either all ranks pass such buffers, or none does.
public final class Hierarchical<Element: Summable>: AllReduceAlgorithm {
  /// `hierarchical`.
  public static var name: String { "hierarchical" }

  /// The ranks that take part: a duplicate of those given.
  public let communicator: Communicator
  /// The ranks of this node.
  public let node: Communicator
  /// The number of nodes.
  public let nodeCount: Int
  private let exchange: WindowExchange

  /// Makes the algorithm, and on each rank a staging area of 3 pieces. Collective.
  ///
  /// - Parameters:
  ///   - nodeColor: the number of this rank's node, where the ranks of a host are to be taken for
  ///     several nodes, as in tests or for one node each socket; nil is the host.
  ///   - stagingBytes: the length of a piece of a buffer from elsewhere.
  public init(
    on communicator: Communicator, nodeColor: Int? = nil, stagingBytes: Int = 1 << 22
  ) throws(MPIError) {
    let all = try communicator.duplicate()
    let node: Communicator
    if let nodeColor {
      node = try all.split(color: nodeColor, key: all.rank)
    } else {
      node = try all.node()
    }
    let lanes = try all.allReduce(node.size, .minimum)
    let peers = try all.split(color: min(node.rank, lanes), key: all.rank)
    self.communicator = all
    self.node = node
    nodeCount = try all.allReduce(node.rank == 0 ? 1 : 0, .sum)
    // A rank without a slice never comes to its ring.
    let ring = try Ring<Element>(on: peers)
    exchange = try WindowExchange(
      of: Element.self, on: node,
      .init(
        owned: (0..<node.size).map { $0..<$0 + 1 }, order: SumOrder(chainOf: node.size),
        lanes: lanes, stagingBytes: stagingBytes, directBytes: 0,
        combine: RingCombination(ring)))
  }

  /// Memory of `count` zeros in the node's window; see ``SharedWindowAllReduce/memory(count:)``.
  /// Collective.
  public func memory(count: Int) throws(MPIError) -> UnsafeMutableBufferPointer<Element>? {
    try exchange.memory(of: Element.self, count: count)
  }

  /// Starts to replace each rank's elements by `factor` times the sum over all ranks.
  public func start(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    guard let base = buffer.baseAddress else { return }
    exchange.parts[0] = UnsafeMutableRawPointer(base)
    withUnsafePointer(to: factor) {
      exchange.start(
        into: UnsafeMutableRawPointer(base),
        byteCount: buffer.count * MemoryLayout<Element>.stride, scaledBy: UnsafeRawPointer($0))
    }
  }

  /// Moves the sum on; see ``StartedReduction``.
  public func advance(waiting: Bool) throws(MPIError) -> Bool {
    try exchange.advance(waiting: waiting)
  }

  /// Gives up after an error.
  public func abandon() { exchange.abandon() }
}

/// A node's sum of a slice on its way through the ring of its lane.
private final class RingCombination<Element: Summable>: WindowCombination {
  private let ring: Ring<Element>

  init(_ ring: Ring<Element>) { self.ring = ring }

  func start(
    _ slice: UnsafeMutableRawBufferPointer, scaledBy factor: UnsafeRawPointer
  ) throws(MPIError) {
    try ring.start(
      slice.assumingMemoryBound(to: Element.self),
      scaledBy: factor.load(as: Element.Accumulator.self))
  }

  func advance(waiting: Bool) throws(MPIError) -> Bool { try ring.advance(waiting: waiting) }

  func abandon() { ring.abandon() }
}
