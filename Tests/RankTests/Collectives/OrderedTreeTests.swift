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

    /// Who completes the tree.
    enum Reducer: String, CaseIterable, Sendable {
      case messages, window, windowMemory

      func make(_ world: Communicator, leafCount: Int) throws -> any OrderedReduction<Float> {
        switch self {
        case .messages:
          try OrderedTree<Float>(on: world, leafCount: leafCount, segmentBytes: 4096)
        case .window, .windowMemory:
          try WindowTree<Float>(on: world.node(), leafCount: leafCount, stagingBytes: 4096)
        }
      }
    }

    /// Sums the parts of the reducer's tree; the result goes into part `target`, or into memory of
    /// its own when there is none.
    private func reduce(
      _ reducer: any OrderedReduction<Float>, _ kind: Reducer, count: Int, into target: Int?,
      scaledBy factor: Float
    ) throws -> [Float] {
      let tree = reducer.tree
      let values = Array(slots(tree, count: count).prefix(tree.parts.count))
      // All ranks allocate alike, though they hold different numbers of parts.
      let places = try reducer.communicator.allReduce(tree.parts.count, .maximum) + 1
      let own = kind == .windowMemory ? try reducer.memory(count: places * count) : nil
      let memory = own ?? .allocate(capacity: places * count)
      defer { if own == nil { memory.deallocate() } }
      memory.initialize(repeating: .nan)
      let rooms = (0..<places).map {
        UnsafeMutableBufferPointer(rebasing: memory[$0 * count..<($0 + 1) * count])
      }
      for (room, values) in zip(rooms, values) { _ = room.update(from: values) }
      let result = rooms[target ?? tree.parts.count]
      try reducer.allReduce(
        Array(rooms.prefix(tree.parts.count)), into: result, scaledBy: factor)
      return Array(result)
    }

    @Test(arguments: [1, 2, 3, 4, 6, 8, 12], Reducer.allCases)
    func bitsAreThoseOfOneRankAlone(leafCount: Int, kind: Reducer) throws {
      let reducer = try kind.make(world, leafCount: leafCount)
      let factor = 1 / Float(leafCount)
      for count in [1, 5, 1000, 20_011] {
        Ranks.step("\(count) elements")
        let expected = alone(0..<leafCount, count: count).map { $0 * factor }
        let result = try reduce(reducer, kind, count: count, into: nil, scaledBy: factor)
        #expect(bits(result) == bits(expected), "\(count)")
      }
    }

    @Test func leavesAreSuchThatTheOrderMatters() {
      let inARow = (1..<4).reduce(noise(leaf: 0, count: 1000)) { sum, leaf in
        zip(sum, noise(leaf: leaf, count: 1000)).map { $0 + $1 }
      }
      #expect(bits(inARow) != bits(alone(0..<4, count: 1000)))
    }

    @Test(arguments: [1, 2, 3, 4, 6, 8, 12], Reducer.allCases)
    func resultMayLieInAnyPart(leafCount: Int, kind: Reducer) throws {
      let reducer = try kind.make(world, leafCount: leafCount)
      let parts = reducer.tree.parts
      let expected = alone(0..<leafCount, count: 5003)
      let rounds = try world.allReduce(parts.count, .maximum)
      for round in 0..<rounds {
        let target = parts.isEmpty ? nil : round % parts.count
        let result = try reduce(reducer, kind, count: 5003, into: target, scaledBy: 1)
        #expect(bits(result) == bits(expected), "part \(round)")
      }
    }
  }
}
