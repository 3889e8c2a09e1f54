import MPI
import Testing

extension Ranks {
  @Suite struct Requests {
    let world = Ranks.world

    @Test func requestBecomesCompleteByAsking() throws {
      var request = try world.startBarrier()
      while try !request.isComplete() {}
      try request.wait()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func setHoldsMessagesOfAllRanksAtOnce() throws {
      var requests = RequestSet(capacity: 2 * world.size)
      let sent = [Int](repeating: world.rank, count: 10)
      var received = [Int](repeating: -1, count: 10 * world.size)
      try sent.withUnsafeBufferPointer { sent in
        try received.withUnsafeMutableBufferPointer { received in
          for peer in 0..<world.size {
            let block = UnsafeMutableBufferPointer(rebasing: received[10 * peer..<10 * peer + 10])
            try world.startReceive(into: block, from: peer, in: &requests)
            try world.startSend(sent, to: peer, in: &requests)
          }
          try requests.waitAll()
        }
      }
      let isEmpty = requests.isEmpty
      #expect(isEmpty)
      #expect(received == (0..<world.size).flatMap { [Int](repeating: $0, count: 10) })
    }

    @Test func setHandsOutASlotAgainWhenItsOperationHasEnded() throws {
      var requests = RequestSet(capacity: 2)
      var (sent, received): ([Float], [Float]) = ([1], [0])
      try sent.withUnsafeMutableBufferPointer { sent in
        try received.withUnsafeMutableBufferPointer { received in
          for _ in 0..<3 {
            let receive = try world.startReceive(into: received, from: world.rank, in: &requests)
            let send = try world.startSend(
              UnsafeBufferPointer(sent), to: world.rank, in: &requests)
            #expect(Set([receive, send]) == [0, 1])
            try requests.wait(receive)
            while try !requests.isComplete(send) {}
          }
        }
      }
      let areAllComplete = try requests.areAllComplete()
      #expect(areAllComplete)
    }

    @Test func waitingForAnyReturnsEachSlotOnce() throws {
      var requests = RequestSet(capacity: 4)
      var (sent, received): ([Int8], [Int8]) = ([1, 2], [0, 0])
      try sent.withUnsafeMutableBufferPointer { sent in
        try received.withUnsafeMutableBufferPointer { received in
          for index in 0..<2 {
            try world.startReceive(
              into: .init(rebasing: received[index...index]), from: world.rank, tag: index,
              in: &requests)
            try world.startSend(
              .init(rebasing: UnsafeBufferPointer(sent)[index...index]), to: world.rank,
              tag: index, in: &requests)
          }
          var seen: Set<Int> = []
          while let slot = try requests.waitAny() { seen.insert(slot) }
          #expect(seen == [0, 1, 2, 3])
        }
      }
      #expect(received == [1, 2])
    }

    @Test func bufferIsAlignedToACacheLine() {
      for count in [0, 1, 1000] {
        let buffer = Buffer(repeating: Float(0), count: count)
        let address = buffer.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
        #expect(address.isMultiple(of: 64))
      }
    }
  }
}
