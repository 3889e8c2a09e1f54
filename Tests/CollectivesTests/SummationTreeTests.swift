import Collectives
import Testing

/// Sums as text: the tree of additions is the string.
@Suite struct SummationTreeTests {
  /// The tree by its definition: the left side has the greatest power of two of leaves below n.
  private func expected(_ leaves: Range<Int>) -> String {
    if leaves.count == 1 { return "\(leaves.lowerBound)" }
    let left = (0..<20).map { 1 << $0 }.last { $0 < leaves.count } ?? 1
    let middle = leaves.lowerBound + left
    return "(\(expected(leaves.lowerBound..<middle))+\(expected(middle..<leaves.upperBound)))"
  }

  /// Does what the steps of `tree` say; the slots afterwards.
  private func run(_ tree: SummationTree) -> [String] {
    var slots = [String](repeating: "", count: tree.slotCount)
    for step in tree.steps {
      slots[step.slot] = "\(step.leaf)"
      for merge in 0..<step.mergeCount {
        let last = step.slot - merge
        slots[last - 1] = "(\(slots[last - 1])+\(slots[last]))"
      }
    }
    return slots
  }

  @Test func oneRankAddsTheWholeTree() {
    for leafCount in 1...40 {
      let tree = SummationTree(leafCount: leafCount, block: 0..<leafCount)
      #expect(run(tree).first == expected(0..<leafCount))
    }
  }

  @Test func partsAreTheSumsOfTheirLeaves() {
    for leafCount in 1...20 {
      for size in 1...leafCount {
        for rank in 0..<size {
          let block = SummationTree.block(rank: rank, size: size, leafCount: leafCount)
          let tree = SummationTree(leafCount: leafCount, block: block)
          #expect(run(tree).prefix(tree.parts.count).elementsEqual(tree.parts.map(expected)))
          #expect(tree.parts.flatMap { $0 } == Array(block))
        }
      }
    }
  }

  @Test func blocksOfAllRanksAreAllLeaves() {
    for size in 1...9 {
      let blocks = (0..<size).map { SummationTree.block(rank: $0, size: size, leafCount: 12) }
      #expect(blocks.flatMap { $0 } == Array(0..<12))
    }
  }

  @Test func powersOfTwoLeaveOnePartOnEachRank() {
    for size in [1, 2, 4, 8, 16] {
      for rank in 0..<size {
        let block = SummationTree.block(rank: rank, size: size, leafCount: 16)
        #expect(SummationTree(leafCount: 16, block: block).parts == [block])
      }
    }
  }

  @Test func slotsGrowWithTheLogarithmOfTheLeaves() {
    for (leafCount, slots) in [(1, 1), (2, 2), (4, 3), (64, 7), (65, 7), (1000, 10)] {
      #expect(SummationTree(leafCount: leafCount, block: 0..<leafCount).slotCount == slots)
    }
  }

  @Test func rankWithoutLeavesHasNothingToDo() {
    let tree = SummationTree(leafCount: 3, block: 1..<1)
    #expect(tree.parts.isEmpty)
    #expect(tree.steps.isEmpty)
    #expect(tree.slotCount == 0)
  }
}
