import Collectives
import MPI
import Testing

extension Ranks {
  @Suite struct OrderedSums {
    let world = Ranks.world

    /// Leaves streamed into the slots of this rank's tree, as a trainer does it.
    private func slots(_ tree: SummationTree, count: Int) -> [[Float]] {
      let empty = [Float](repeating: .nan, count: count)
      var slots = [[Float]](repeating: empty, count: tree.slotCount)
      for step in tree.steps {
        slots[step.slot] = noise(leaf: step.leaf, count: count)
        for merge in 0..<step.mergeCount {
          let last = slots[step.slot - merge]
          Float.add(last, to: &slots[step.slot - merge - 1], count: count)
        }
      }
      return slots
    }

    /// The sum on one rank alone, by the definition of the tree.
    private func alone(_ leaves: Range<Int>, count: Int) -> [Float] {
      if leaves.count == 1 { return noise(leaf: leaves.lowerBound, count: count) }
      var left = 1
      while 2 * left < leaves.count { left *= 2 }
      let middle = leaves.lowerBound + left
      return zip(
        alone(leaves.lowerBound..<middle, count: count),
        alone(middle..<leaves.upperBound, count: count)
      ).map { $0 + $1 }
    }

    /// Sums the parts of `tree`; the result goes into part `target`, or into memory of its own when
    /// there is none.
    private func reduce(
      _ tree: OrderedTree<Float>, count: Int, into target: Int?, scaledBy factor: Float
    ) throws -> [Float] {
      let values = slots(tree.tree, count: count).prefix(tree.tree.parts.count)
      let memory = (Array(values) + [[Float](repeating: .nan, count: count)]).map { values in
        let part = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        _ = part.initialize(from: values)
        return part
      }
      defer { for part in memory { part.deallocate() } }
      let result = memory[target ?? memory.count - 1]
      try tree.allReduce(Array(memory.dropLast()), into: result, scaledBy: factor)
      return Array(result)
    }

    @Test(arguments: [1, 2, 3, 4, 6, 8, 12])
    func bitsAreThoseOfOneRankAlone(leafCount: Int) throws {
      let tree = try OrderedTree<Float>(on: world, leafCount: leafCount, segmentBytes: 4096)
      let factor = 1 / Float(leafCount)
      for count in [1, 5, 1000, 20_011] {
        Ranks.step("\(count) elements")
        let expected = alone(0..<leafCount, count: count).map { $0 * factor }
        let result = try reduce(tree, count: count, into: nil, scaledBy: factor)
        #expect(bits(result) == bits(expected), "\(count)")
      }
    }

    @Test func leavesAreSuchThatTheOrderMatters() {
      let inARow = (1..<4).reduce(noise(leaf: 0, count: 1000)) { sum, leaf in
        zip(sum, noise(leaf: leaf, count: 1000)).map { $0 + $1 }
      }
      #expect(bits(inARow) != bits(alone(0..<4, count: 1000)))
    }

    @Test(arguments: [1, 2, 3, 4, 6, 8, 12])
    func resultMayLieInAnyPart(leafCount: Int) throws {
      let tree = try OrderedTree<Float>(on: world, leafCount: leafCount, segmentBytes: 4096)
      let expected = alone(0..<leafCount, count: 5003)
      let rounds = try world.allReduce(tree.tree.parts.count, .maximum)
      for round in 0..<rounds {
        let target = tree.tree.parts.isEmpty ? nil : round % tree.tree.parts.count
        let result = try reduce(tree, count: 5003, into: target, scaledBy: 1)
        #expect(bits(result) == bits(expected), "part \(round)")
      }
    }
  }
}
