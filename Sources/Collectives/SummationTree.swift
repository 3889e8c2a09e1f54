/// The order in which a fixed number of leaves is added up, whoever holds them.
///
/// Floating-point sums depend on their order. A job with K micro-batches adds their K gradients in
/// one binary tree, the same for every number of ranks: n leaves are split after the greatest power
/// of two smaller than n, and both sides alike.
///
///     K = 7:            +
///                ┌──────┴──────┐
///                +             +
///            ┌───┴───┐       ┌─┴─┐
///            +       +       +   │
///          ┌─┴─┐   ┌─┴─┐   ┌─┴─┐ │
///          0   1   2   3   4   5 6
///
/// A rank holds a contiguous block of leaves, and adds up by itself whatever subtrees lie wholly in
/// its block: its ``parts``. ``OrderedTree`` then completes the tree over the parts of all ranks.
/// The leaves come one after the other, so at most log2(K) + 1 partial sums exist at a time, like
/// the digits of a binary counter:
///
///     K = 4, one rank: leaf 0 -> slot 0
///                      leaf 1 -> slot 1, slot 0 += slot 1
///                      leaf 2 -> slot 1
///                      leaf 3 -> slot 2, slot 1 += slot 2, slot 0 += slot 1
public struct SummationTree: Sendable, Equatable {
  /// The leaves of the whole tree.
  public let leafCount: Int
  /// The leaves that this rank holds.
  public let block: Range<Int>
  /// The largest subtrees inside the block, as ranges of leaves, in order. Part p ends up in slot
  /// p.
  public let parts: [Range<Int>]
  /// What to do with each leaf of the block, in order.
  public let steps: [Step]
  /// How many buffers the steps need.
  public let slotCount: Int

  /// What to do with one leaf.
  public struct Step: Sendable, Equatable {
    /// The leaf, in `block`.
    public let leaf: Int
    /// The slot into which the leaf goes.
    public let slot: Int
    /// How often the last slot in use is then added to the one before it.
    public let mergeCount: Int
  }

  /// A sum of two partial sums: `target += source`.
  struct Merge: Equatable {
    let target: Int
    let source: Int
  }

  /// Plans the sum of `block` in a tree of `leafCount` leaves.
  public init(leafCount: Int, block: Range<Int>) {
    precondition(
      leafCount >= 1 && block.lowerBound >= 0 && block.upperBound <= leafCount,
      "leaves \(block) of a tree of \(leafCount)")
    self.leafCount = leafCount
    self.block = block
    parts = Self.subtrees(of: 0..<leafCount, inside: block)
    var steps: [Step] = []
    for (slot, part) in parts.enumerated() { Self.appendSteps(of: part, slot: slot, to: &steps) }
    self.steps = steps
    slotCount = (steps.map(\.slot).max() ?? -1) + 1
  }

  /// The leaves of rank `rank` of `size`: as equal shares as can be, in the order of ranks.
  public static func block(rank: Int, size: Int, leafCount: Int) -> Range<Int> {
    rank * leafCount / size..<(rank + 1) * leafCount / size
  }

  /// Adds up the parts of all ranks, numbered in the order of leaves; the sum ends up in part 0.
  static func merges(leafCount: Int, parts: [Range<Int>]) -> [Merge] {
    var merges: [Merge] = []
    /// Returns the number of the part that holds the sum of `node`.
    func visit(_ node: Range<Int>) -> Int {
      if let part = parts.firstIndex(of: node) { return part }
      let middle = split(node)
      let left = visit(node.lowerBound..<middle)
      let right = visit(middle..<node.upperBound)
      merges.append(Merge(target: left, source: right))
      return left
    }
    _ = visit(0..<leafCount)
    return merges
  }

  /// Where a node of two leaves or more is cut.
  private static func split(_ node: Range<Int>) -> Int {
    precondition(node.count >= 2, "a leaf has no halves")
    var power = 1
    while 2 * power < node.count { power *= 2 }
    return node.lowerBound + power
  }

  private static func subtrees(of node: Range<Int>, inside block: Range<Int>) -> [Range<Int>] {
    guard node.overlaps(block) else { return [] }
    if block.lowerBound <= node.lowerBound && node.upperBound <= block.upperBound { return [node] }
    let middle = split(node)
    return subtrees(of: node.lowerBound..<middle, inside: block)
      + subtrees(of: middle..<node.upperBound, inside: block)
  }

  /// The steps that leave the sum of `node` in `slot`. Its last step also merges its two halves.
  private static func appendSteps(of node: Range<Int>, slot: Int, to steps: inout [Step]) {
    guard node.count > 1 else {
      return steps.append(Step(leaf: node.lowerBound, slot: slot, mergeCount: 0))
    }
    let middle = split(node)
    appendSteps(of: node.lowerBound..<middle, slot: slot, to: &steps)
    appendSteps(of: middle..<node.upperBound, slot: slot + 1, to: &steps)
    let last = steps.removeLast()
    steps.append(Step(leaf: last.leaf, slot: last.slot, mergeCount: last.mergeCount + 1))
  }
}
