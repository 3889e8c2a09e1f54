import Collectives
import MPI
import Testing

extension Ranks {
  @Suite struct Broadcast {
    let world = Ranks.world

    @Test(arguments: [0, 1, 3, 1000, 100_003])
    func treeGivesAllRanksTheRootsElements(count: Int) throws {
      let tree = try TreeBroadcast<Float>(on: world, segmentBytes: 4096, depth: 3)
      for root in 0..<world.size {
        var values = noise(leaf: world.rank, count: count)
        try tree.broadcast(&values, from: root)
        #expect(bits(values) == bits(noise(leaf: root, count: count)), "root \(root)")
      }
    }
  }

  @Suite struct AutomaticChoice {
    let world = Ranks.world

    @Test func modelIsMeasuredAlikeOnAllRanks() throws {
      let model = try AllReduceModel.measured(on: world)
      #expect(model.window.rate > 0 && model.node.rate > 0 && model.network.rate > 0)
      let rates = try world.allGather([model.window.rate])
      #expect(Set(rates).count == 1)
    }

    @Test func sharedMemoryIsChosenOnOneNode() throws {
      guard try world.node().size == world.size else { return }
      #expect(try Automatic<Float>(on: world).choice(count: 1000) == .window)
    }

    @Test func latencyIsAvoidedForFewAndBytesForMany() throws {
      guard world.size > 2 else { return }
      let auto = try Automatic<Float>(on: world, nodeColor: world.rank)
      #expect(auto.choice(count: 1) == .doubling)
      #expect(auto.choice(count: 100_000_000) != .doubling)
    }
  }
}
