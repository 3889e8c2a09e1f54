public import MPI

/// The all-reduce that takes, for each size of buffer, the algorithm that should be the fastest by an
/// ``AllReduceModel``.
///
/// On one node that is the shared window. On several, recursive doubling while latency counts, then
/// halving-doubling, then the hierarchy, or the ring where a node has one rank. The choice depends
/// on size, ranks and model only, so all ranks choose alike, and a run gives the same bits twice.
public final class Automatic<Element: Summable>: AllReduceAlgorithm {
  /// `auto`.
  public static var name: String { "auto" }

  /// The ranks that take part.
  public let communicator: Communicator
  private let model: AllReduceModel
  private let nodeCount: Int
  private let ranksPerNode: Int
  private let candidates: [(choice: AllReduceChoice, algorithm: any AllReduceAlgorithm<Element>)]
  /// The candidate that the sum under way was given to.
  private var current = 0

  /// Makes all algorithms that come into question. Collective.
  ///
  /// - Parameters:
  ///   - model: the same on all ranks.
  ///   - nodeColor: see ``Hierarchical``.
  public init(
    on communicator: Communicator, model: AllReduceModel = AllReduceModel(), nodeColor: Int? = nil
  ) throws(MPIError) {
    self.communicator = communicator
    self.model = model
    let node: Communicator
    if let nodeColor {
      node = try communicator.split(color: nodeColor, key: communicator.rank)
    } else {
      node = try communicator.node()
    }
    nodeCount = try communicator.allReduce(node.rank == 0 ? 1 : 0, .sum)
    ranksPerNode = try communicator.allReduce(node.size, .maximum)
    if nodeCount == 1 {
      candidates = [(.window, try SharedWindowAllReduce<Element>(on: communicator))]
      return
    }
    var candidates: [(choice: AllReduceChoice, algorithm: any AllReduceAlgorithm<Element>)] = [
      (.doubling, try RecursiveDoubling<Element>(on: communicator)),
      (.halving, try HalvingDoubling<Element>(on: communicator)),
      (.ring, try Ring<Element>(on: communicator)),
    ]
    if ranksPerNode > 1 {
      candidates.append(
        (.hierarchical, try Hierarchical<Element>(on: communicator, nodeColor: nodeColor)))
    }
    self.candidates = candidates
  }

  /// Memory in which the algorithm for so many elements works without copies; nil if any memory is
  /// as good. Collective.
  public func memory(count: Int) throws(MPIError) -> UnsafeMutableBufferPointer<Element>? {
    for candidate in candidates {
      if let memory = try candidate.algorithm.memory(count: count) { return memory }
    }
    return nil
  }

  /// The algorithm for buffers of `count` elements.
  public func choice(count: Int) -> AllReduceChoice { candidates[best(count)].choice }

  /// Starts to replace each rank's elements by `factor` times the sum over all ranks.
  public func start(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    current = best(buffer.count)
    try candidates[current].algorithm.start(buffer, scaledBy: factor)
  }

  /// Moves the sum on; see ``StartedReduction``.
  public func advance(waiting: Bool) throws(MPIError) -> Bool {
    try candidates[current].algorithm.advance(waiting: waiting)
  }

  /// Gives up after an error.
  public func abandon() { candidates[current].algorithm.abandon() }

  private func best(_ count: Int) -> Int {
    guard candidates.count > 1 else { return 0 }
    var best = (index: 0, microseconds: Double.infinity)
    for index in candidates.indices {
      let microseconds = model.microseconds(
        candidates[index].choice, bytes: count * MemoryLayout<Element>.stride, nodes: nodeCount,
        ranksPerNode: ranksPerNode)
      if microseconds < best.microseconds { best = (index, microseconds) }
    }
    return best.index
  }
}
