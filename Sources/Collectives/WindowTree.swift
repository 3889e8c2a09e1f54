public import MPI

/// ``OrderedTree`` for the ranks of one node, in memory that they share: the same bits, no messages.
///
/// The owner of slice q adds up slice q of all parts of all ranks in the tree's order and writes the
/// sum to all results. With p parts on each rank a rank reads p N and writes N bytes, when parts and
/// results lie in memory that came from ``memory(count:)``.
///
///     K = 4 on 2 ranks, slice q      rank 0: part 01 ─┐
///                                                     + ─> result of rank 0, result of rank 1
///                                    rank 1: part 23 ─┘
public final class WindowTree<Element: Summable>: OrderedReduction, ScatteringReduction {
  /// `windowTree`.
  public static var name: String { "windowTree" }

  /// The ranks that take part: a duplicate of those given.
  public let communicator: Communicator
  /// What this rank adds up by itself before it calls.
  public let tree: SummationTree
  private let exchange: WindowExchange

  /// Makes the algorithm and its staging area. Collective.
  ///
  /// - Parameters:
  ///   - node: ranks on one host.
  ///   - leafCount: the number of leaves in all, such as micro-batches; nil is one for each rank.
  ///   - stagingBytes: the length of a piece of parts from elsewhere.
  public init(
    on node: Communicator, leafCount: Int? = nil, stagingBytes: Int = 1 << 16
  ) throws(MPIError) {
    let node = try node.duplicate()
    let plan = OrderedTreePlan(leafCount: leafCount ?? node.size, size: node.size)
    communicator = node
    tree = plan.trees[node.rank]
    exchange = try WindowExchange(
      of: Element.self, on: node,
      .init(
        owned: plan.owned, order: SumOrder(plan.merges, partCount: plan.partCount),
        lanes: node.size, stagingBytes: stagingBytes, directBytes: 1 << 12))
  }

  /// Memory of `count` zeros in the window, for parts and results; see
  /// ``SharedWindowAllReduce/memory(count:)``. Collective.
  public func memory(count: Int) throws(MPIError) -> UnsafeMutableBufferPointer<Element>? {
    try exchange.memory(of: Element.self, count: count)
  }

  /// Starts to write `factor` times the sum of all leaves of all ranks to `result`.
  ///
  /// - Parameters:
  ///   - parts: the sums that the steps of ``tree`` left in slots `0..<tree.parts.count`.
  ///   - result: one of `parts`, or memory apart from all of them.
  public func start(
    _ parts: [UnsafeMutableBufferPointer<Element>],
    into result: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    precondition(
      parts.count == tree.parts.count, "\(parts.count) parts where \(tree.parts.count) are held")
    guard let base = result.baseAddress, !result.isEmpty else { return }
    for index in parts.indices {
      let part = parts[index]
      precondition(part.count == result.count, "a part of \(part.count), \(result.count) sums")
      exchange.parts[index] = UnsafeMutableRawPointer(part.baseAddress)
    }
    withUnsafePointer(to: factor) {
      exchange.start(
        into: UnsafeMutableRawPointer(base),
        byteCount: result.count * MemoryLayout<Element>.stride, scaledBy: UnsafeRawPointer($0))
    }
  }

  /// Moves the sum on; see ``StartedReduction``.
  public func advance(waiting: Bool) throws(MPIError) -> Bool {
    try exchange.advance(waiting: waiting)
  }

  /// Whether a sum in the window goes to its owner only; see ``ScatteringReduction``.
  public var isScattering: Bool {
    get { exchange.isScattering }
    set { exchange.isScattering = newValue }
  }

  /// The slice that a rank adds up.
  public func slice(of rank: Int, count: Int) -> Range<Int> {
    let stride = MemoryLayout<Element>.stride
    let bytes = WindowSlices(byteCount: count * stride, lanes: communicator.size)[rank]
    return bytes.lowerBound / stride..<bytes.upperBound / stride
  }

  /// Gives up after an error.
  public func abandon() {}
}
