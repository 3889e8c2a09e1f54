import Federated
import MPI
import Testing

extension Ranks {
  /// Ranks that take clients from one queue.
  @Suite struct ClientQueues {
    let world = Ranks.world

    @Test(arguments: [0, 1, 2, 7, 100]) func eachClientIsTakenOnceInEachRound(count: Int) throws {
      let queue = try ClientQueue(on: world)
      for round in 0..<3 {
        let clients = (0..<count).map { 10 * $0 + round }
        queue.start(clients)
        var mine: [Int] = []
        while let client = queue.next() { mine.append(client) }
        #expect(mine == mine.sorted())
        let all = try world.allGather("\(mine)").joined(separator: ",")
        let taken = all.split { !$0.isNumber }.compactMap { Int($0) }
        #expect(taken.sorted() == clients)
      }
    }

    @Test func whoAsksFirstMayTakeAll() throws {
      let queue = try ClientQueue(on: world)
      queue.start([5, 3, 8])
      if world.isRoot { #expect((0..<4).map { _ in queue.next() } == [5, 3, 8, nil]) }
      try world.barrier()
      if !world.isRoot { #expect(queue.next() == nil) }
    }

    @Test func ranksOfTheNodeShareTheQueue() throws {
      #expect(try ClientQueue(on: world).ranks == Array(0..<world.size))
    }
  }
}
