import Collectives
import MPI
import Testing

extension Ranks {
  @Suite struct Window {
    let node: Communicator

    init() throws { node = try Ranks.world.node() }

    @Test func allWaysGiveTheSameBits() throws {
      let direct = try SharedWindowAllReduce<Float>(on: node, directBytes: 1 << 20)
      let sliced = try SharedWindowAllReduce<Float>(on: node, stagingBytes: 1000, directBytes: 0)
      let memory = try #require(try sliced.memory(count: 5003))
      let mine = noise(leaf: node.rank, count: 5003)
      var (first, second) = (mine, mine)
      try direct.mean(&first)
      try sliced.mean(&second)
      _ = memory.update(from: mine)
      try sliced.mean(memory)
      #expect(bits(first) == bits(second))
      #expect(bits(first) == bits(Array(memory)))
    }

    @Test func addsInTheOrderOfRanks() throws {
      let reducer = try SharedWindowAllReduce<Float>(on: node)
      var values = noise(leaf: node.rank, count: 5003)
      try reducer.sum(&values)
      let expected = (1..<node.size).reduce(noise(leaf: 0, count: 5003)) { sum, rank in
        zip(sum, noise(leaf: rank, count: 5003)).map { $0 + $1 }
      }
      #expect(bits(values) == bits(expected))
    }

    @Test func takesAnyPartOfItsMemory() throws {
      let reducer = try SharedWindowAllReduce<Int32>(on: node, directBytes: 0)
      let memory = try #require(try reducer.memory(count: 10_000))
      for range in [0..<100, 3..<9000, 77..<78, 9990..<10_000] {
        memory.update(repeating: -1)
        let part = UnsafeMutableBufferPointer(rebasing: memory[range])
        _ = part.update(from: whole(rank: node.rank, count: range.count))
        try reducer.sum(part)
        #expect(Array(part) == wholeSum(size: node.size, count: range.count), "\(range)")
        #expect(memory[..<range.lowerBound].allSatisfy { $0 == -1 }, "before \(range)")
        #expect(memory[range.upperBound...].allSatisfy { $0 == -1 }, "after \(range)")
      }
    }

    @Test func takesBuffersInTheWindowOnSomeRanksOnly() throws {
      let reducer = try SharedWindowAllReduce<Int32>(on: node, directBytes: 0)
      let memory = try #require(try reducer.memory(count: 100_003))
      var values: [Int32] = whole(rank: node.rank, count: 100_003)
      let expected: [Int32] = wholeSum(size: node.size, count: 100_003)
      if node.rank % 2 == 0 {
        _ = memory.update(from: values)
        try reducer.sum(memory)
        values = Array(memory)
      } else {
        try reducer.sum(&values)
      }
      #expect(values == expected)
    }

    @Test func manyCallsInARowMeetNoOldData() throws {
      let reducer = try SharedWindowAllReduce<Int64>(on: node, stagingBytes: 640)
      let memory = try #require(try reducer.memory(count: 3000))
      for round in 0..<300 {
        // Turns through all three ways, in changing order.
        let count = [1, 2000, 1500, 30, 3000][round % 5]
        let sum = Int64(node.size * round + node.size * (node.size - 1) / 2)
        if round % 3 == 0 {
          memory.update(repeating: Int64(round + node.rank))
          try reducer.sum(memory)
          #expect(memory.allSatisfy { $0 == sum }, "round \(round)")
        } else {
          var values = [Int64](repeating: Int64(round + node.rank), count: count)
          try reducer.sum(&values)
          #expect(values.allSatisfy { $0 == sum }, "round \(round)")
        }
      }
    }
  }
}
