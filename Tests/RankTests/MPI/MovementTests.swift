import MPI
import Testing

extension Ranks {
  /// Broadcast, gather, scatter and all-to-all.
  @Suite struct Movement {
    let world = Ranks.world

    /// What all ranks' patterns look like one after the other.
    private func packed(_ counts: [Int]) -> [Float] {
      counts.enumerated().flatMap { pattern(Float.self, rank: $0, count: $1) }
    }

    @Test(arguments: Counting.allCases)
    func broadcastCopiesTheRoot(counting: Counting) throws {
      let world = try counting.communicator()
      for root in 0..<world.size {
        for count in counting.sizes {
          Ranks.step("\(count) elements from rank \(root)")
          var values = pattern(Float.self, rank: world.rank, count: count)
          try world.broadcast(&values, from: root)
          #expect(values == pattern(Float.self, rank: root, count: count))
        }
      }
    }

    @Test(arguments: Counting.allCases)
    func startedBroadcastCopiesTheRoot(counting: Counting) throws {
      let world = try counting.communicator()
      for count in counting.sizes {
        let buffer = Buffer(pattern(Float.self, rank: world.rank, count: count))
        let request = try world.startBroadcast(buffer, from: world.size - 1)
        #expect(
          try request.wait().array() == pattern(Float.self, rank: world.size - 1, count: count))
      }
    }

    @Test(arguments: Counting.allCases)
    func gatherCollectsInTheOrderOfRanks(counting: Counting) throws {
      let world = try counting.communicator()
      for root in 0..<world.size {
        for count in counting.sizes {
          let mine = pattern(Float.self, rank: world.rank, count: count)
          let all = try world.gather(mine, to: root)
          let expected = packed([Int](repeating: count, count: world.size))
          #expect(all == (world.rank == root ? expected : nil))
        }
      }
    }

    @Test(arguments: Counting.allCases)
    func gatherOfUnevenCountsIsPacked(counting: Counting) throws {
      let world = try counting.communicator()
      for scale in [0, 1, 20] {
        let counts = unevenCounts(world.size, scale: scale)
        let mine = pattern(Float.self, rank: world.rank, count: counts[world.rank])
        let all = try world.gather(mine, counts: counts)
        #expect(all == (world.isRoot ? packed(counts) : nil))
      }
    }

    @Test(arguments: Counting.allCases)
    func allGatherCollectsOnAllRanks(counting: Counting) throws {
      let world = try counting.communicator()
      for count in counting.sizes {
        let mine = pattern(Float.self, rank: world.rank, count: count)
        #expect(
          try world.allGather(mine) == packed([Int](repeating: count, count: world.size)))
      }
    }

    @Test(arguments: Counting.allCases)
    func allGatherOfUnevenCountsIsPacked(counting: Counting) throws {
      let world = try counting.communicator()
      for scale in [0, 1, 20] {
        let counts = unevenCounts(world.size, scale: scale)
        let mine = pattern(Float.self, rank: world.rank, count: counts[world.rank])
        #expect(try world.allGather(mine, counts: counts) == packed(counts))
      }
    }

    @Test(arguments: Counting.allCases)
    func scatterDealsOutEqualShares(counting: Counting) throws {
      let world = try counting.communicator()
      for root in 0..<world.size {
        for count in counting.sizes {
          let all = packed([Int](repeating: count, count: world.size))
          let mine = try world.scatter(world.rank == root ? all : [], count: count, from: root)
          #expect(mine == pattern(Float.self, rank: world.rank, count: count))
        }
      }
    }

    @Test(arguments: Counting.allCases)
    func scatterDealsOutUnevenShares(counting: Counting) throws {
      let world = try counting.communicator()
      for scale in [0, 1, 20] {
        let counts = unevenCounts(world.size, scale: scale)
        let mine = try world.scatter(world.isRoot ? packed(counts) : [], counts: counts)
        #expect(mine == pattern(Float.self, rank: world.rank, count: counts[world.rank]))
      }
    }

    @Test(arguments: Counting.allCases)
    func allToAllTransposesBlocks(counting: Counting) throws {
      let world = try counting.communicator()
      for count in counting.sizes {
        // Block (from, to) holds from * size + to.
        let mine = (0..<world.size).flatMap {
          [Int](repeating: world.rank * world.size + $0, count: count)
        }
        let expected = (0..<world.size).flatMap {
          [Int](repeating: $0 * world.size + world.rank, count: count)
        }
        #expect(try world.allToAll(mine) == expected)
      }
    }

    @Test(arguments: Counting.allCases)
    func allToAllOfUnevenCountsIsPacked(counting: Counting) throws {
      let world = try counting.communicator()
      // Rank f sends f * t % 5 * 3 elements to rank t.
      func count(_ from: Int, _ to: Int) -> Int { from * to % 5 * 3 }
      let counts = (0..<world.size).map { count(world.rank, $0) }
      let mine = counts.enumerated().flatMap {
        [Int](repeating: world.rank * world.size + $0, count: $1)
      }
      let (received, receivedCounts) = try world.allToAll(mine, counts: counts)
      #expect(receivedCounts == (0..<world.size).map { count($0, world.rank) })
      let expected = (0..<world.size).flatMap {
        [Int](repeating: $0 * world.size + world.rank, count: count($0, world.rank))
      }
      #expect(received == expected)
    }

    @Test func textOfAnyLengthIsBroadcastAndGathered() throws {
      let mine = String(repeating: "ü", count: world.rank) + "!"
      let all = (0..<world.size).map { String(repeating: "ü", count: $0) + "!" }
      #expect(try world.broadcast(mine, from: world.size - 1) == all.last)
      #expect(try world.gather(mine) == (world.isRoot ? all : nil))
      #expect(try world.allGather(mine) == all)
    }

    @Test func rootOutsideTheCommunicatorIsAnError() throws {
      var values = [1]
      let error = #expect(throws: MPIError.self) {
        try world.broadcast(&values, from: world.size)
      }
      #expect(error?.code == .MPI_ERR_ROOT)
    }

    @Test func countsThatAreNotOneForEachRankAreAnError() throws {
      let error = #expect(throws: MPIError.self) {
        _ = try world.allGather([1], counts: [Int](repeating: 1, count: world.size + 1))
      }
      #expect(error?.code == .MPI_ERR_COUNT)
    }
  }
}
