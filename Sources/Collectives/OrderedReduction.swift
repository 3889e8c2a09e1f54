public import MPI

/// A sum over a fixed number of leaves that has the same bits for every number of ranks.
///
/// Each rank adds up its own leaves by the steps of ``tree``; the reduction completes the tree.
public protocol OrderedReduction<Element>: AllReduceAlgorithm {
  /// What this rank adds up by itself before it calls.
  var tree: SummationTree { get }
}

extension OrderedReduction {
  /// Writes `factor` times the sum of all leaves of all ranks to `result`.
  ///
  /// Collective, blocking; all ranks pass the same size and factor.
  ///
  /// - Parameters:
  ///   - parts: the sums that the steps of ``tree`` left in slots `0..<tree.parts.count`; their
  ///     elements are lost.
  ///   - result: one of `parts`, or memory apart from all of them.
  public func allReduce(
    _ parts: [UnsafeMutableBufferPointer<Element>],
    into result: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    do throws(MPIError) {
      try start(parts, into: result, scaledBy: factor)
    } catch {
      abandon()
      throw error
    }
    try finish()
  }

  /// Starts to replace `buffer` by `factor` times the sum over all ranks, for ranks that hold one
  /// part each.
  public func start(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    try start([buffer], into: buffer, scaledBy: factor)
  }
}

/// The parts of all ranks of an ordered reduction.
struct OrderedTreePlan {
  /// What each rank adds up by itself.
  let trees: [SummationTree]
  /// How the parts of all ranks become one.
  let merges: [SummationTree.Merge]
  /// For each rank, the numbers of its parts among those of all ranks.
  let owned: [Range<Int>]
  /// The parts of all ranks.
  var partCount: Int { merges.count + 1 }

  init(leafCount: Int, size: Int) {
    trees = (0..<size).map { rank in
      SummationTree(
        leafCount: leafCount,
        block: SummationTree.block(rank: rank, size: size, leafCount: leafCount))
    }
    var owned: [Range<Int>] = []
    for tree in trees {
      let first = owned.last?.upperBound ?? 0
      owned.append(first..<first + tree.parts.count)
    }
    self.owned = owned
    merges = SummationTree.merges(leafCount: leafCount, parts: trees.flatMap(\.parts))
  }
}
