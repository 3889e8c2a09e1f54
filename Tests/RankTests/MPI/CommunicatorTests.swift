import MPI
import Testing

extension Ranks {
  @Suite struct Communicators {
    let world = Ranks.world

    @Test func splitGroupsByColorAndOrdersByKey() throws {
      let half = try world.split(color: world.rank % 2, key: -world.rank)
      let members = (0..<world.size).filter { $0 % 2 == world.rank % 2 }
      #expect(half.size == members.count)
      #expect(try half.allGather([world.rank]) == members.reversed())
    }

    @Test func messagesOfADuplicateDoNotMeetThoseOfTheWorld() throws {
      let own = try world.duplicate()
      let outgoing = try own.startSend(Buffer([1]), to: world.rank, tag: 3)
      #expect(try world.probeImmediately(from: world.rank, tag: 3) == nil)
      var values = [0]
      try own.receive(into: &values, from: world.rank, tag: 3)
      _ = try outgoing.wait()
      #expect(values == [1])
    }

    @Test func nodeHoldsTheRanksOfThisHost() throws {
      let hosts = try world.allGather(world.processorName)
      let node = try world.node()
      #expect(node.size == hosts.count { $0 == world.processorName })
    }

    @Test func manyCommunicatorsAreFreedWithTheirLastReference() throws {
      // Open MPI has 32768 identifiers at most; without freeing, this many would use them up.
      for _ in 0..<40_000 / world.size { _ = try world.duplicate() }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func negativeColorIsAnError() {
      let error = #expect(throws: MPIError.self) { _ = try world.split(color: -1) }
      #expect(error?.code == .MPI_ERR_ARG)
    }
  }

  @Suite struct SharedWindows {
    let world = Ranks.world

    @Test func everySegmentIsAlignedToACacheLine() throws {
      let node = try world.node()
      let window = try SharedWindow<Float>(on: node, count: 3 + node.rank)
      for rank in 0..<node.size {
        let segment = window.segment(of: rank)
        #expect(Int(bitPattern: segment.baseAddress).isMultiple(of: 64))
        #expect(segment.count == 3 + rank)
      }
      try window.free()
    }

    @Test func everyRankSeesWhatTheOthersWrote() throws {
      let node = try world.node()
      let window = try SharedWindow<Int32>(on: node, count: 1000)
      _ = window.local.update(from: pattern(Int32.self, rank: node.rank, count: 1000))
      try window.synchronize()
      for rank in 0..<node.size {
        #expect(Array(window.segment(of: rank)) == pattern(Int32.self, rank: rank, count: 1000))
      }
      try window.synchronize()
      // Each rank writes one element of every segment.
      for rank in 0..<node.size { window.segment(of: rank)[node.rank] = Int32(1000 + node.rank) }
      try window.synchronize()
      #expect(Array(window.local.prefix(node.size)) == (0..<node.size).map { 1000 + Int32($0) })
      try window.free()
    }

    @Test func newSegmentIsZero() throws {
      let node = try world.node()
      let window = try SharedWindow<Int>(on: node, count: 5000)
      #expect(window.local.allSatisfy { $0 == 0 })
      try window.free()
    }
  }
}
