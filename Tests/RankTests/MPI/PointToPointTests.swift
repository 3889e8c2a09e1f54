import MPI
import Testing

extension Ranks {
  @Suite struct PointToPoint {
    let world = Ranks.world
    var next: Int { (world.rank + 1) % world.size }
    var previous: Int { (world.rank + world.size - 1) % world.size }

    @Test(arguments: Counting.allCases)
    func startedMessagesArriveWhole(counting: Counting) throws {
      let world = try counting.communicator()
      for count in counting.sizes {
        Ranks.step("\(count) elements")
        let incoming = try world.startReceive(
          into: Buffer(repeating: Int32(-1), count: count), from: previous)
        let outgoing = try world.startSend(
          Buffer(pattern(Int32.self, rank: world.rank, count: count)), to: next)
        let received = try incoming.wait()
        _ = try outgoing.wait()
        #expect(received.array() == pattern(Int32.self, rank: previous, count: count))
      }
    }

    @Test(arguments: Counting.allCases)
    func exchangedMessagesArriveWhole(counting: Counting) throws {
      let world = try counting.communicator()
      for count in counting.sizes {
        var received = [Double](repeating: -1, count: count)
        let sent = pattern(Double.self, rank: world.rank, count: count)
        let status = try world.sendReceive(sent, to: next, into: &received, from: previous)
        #expect(received == pattern(Double.self, rank: previous, count: count))
        #expect(status.count(of: Double.self) == count)
      }
    }

    @Test(arguments: Counting.allCases)
    func messageOfUnknownLengthIsReceivedWithItsStatus(counting: Counting) throws {
      let world = try counting.communicator()
      let values = pattern(Int16.self, rank: world.rank, count: 50 + world.rank)
      let outgoing = try world.startSend(Buffer(values), to: next, tag: 5)
      let (received, status) = try world.receive(Int16.self, from: nil, tag: nil)
      _ = try outgoing.wait()
      #expect(received == pattern(Int16.self, rank: previous, count: 50 + previous))
      #expect(status.source == previous)
      #expect(status.tag == 5)
    }

    @Test(arguments: Counting.allCases)
    func probeTellsTheLengthOfTheMessage(counting: Counting) throws {
      let world = try counting.communicator()
      let outgoing = try world.startSend(Buffer(repeating: Float(1), count: 33), to: next, tag: 2)
      let status = try world.probe(from: previous, tag: 2)
      #expect(status.count(of: Float.self) == 33)
      var values = [Float](repeating: 0, count: 33)
      try world.receive(into: &values, from: previous, tag: 2)
      _ = try outgoing.wait()
    }

    @Test func immediateProbeFindsNothingWhereNothingWasSent() throws {
      let own = try world.duplicate()
      #expect(try own.probeImmediately(from: nil, tag: nil) == nil)
    }

    @Test func shorterMessageLeavesTheRestOfTheBuffer() throws {
      let outgoing = try world.startSend(Buffer([UInt8(1), 2]), to: next)
      var values: [UInt8] = [9, 9, 9]
      let status = try world.receive(into: &values, from: previous)
      _ = try outgoing.wait()
      #expect(values == [1, 2, 9])
      #expect(status.count(of: UInt8.self) == 2)
    }

    @Test func startedReceiveTellsItsStatus() throws {
      let outgoing = try world.startSend(Buffer([Int64(4)]), to: next, tag: 8)
      let incoming = try world.startReceive(
        into: Buffer(repeating: Int64(0), count: 2), from: nil, tag: nil)
      var status: Status?
      let buffer = try incoming.wait(&status)
      _ = try outgoing.wait()
      #expect(buffer[0] == 4)
      #expect(status?.source == previous)
      #expect(status?.tag == 8)
      #expect(status?.count(of: Int64.self) == 1)
    }

    @Test func messageLongerThanTheBufferIsAnError() throws {
      let own = try world.duplicate()
      let outgoing = try own.startSend(Buffer([1, 2, 3]), to: own.rank)
      var values = [0]
      let error = #expect(throws: MPIError.self) {
        try own.receive(into: &values, from: own.rank)
      }
      #expect(error?.code == .MPI_ERR_TRUNCATE)
      _ = try outgoing.wait()
    }

    @Test func messageThatIsNoWholeNumberOfElementsIsAnError() throws {
      let outgoing = try world.startSend(Buffer([UInt8(1), 2, 3]), to: world.rank)
      let error = #expect(throws: MPIError.self) {
        _ = try world.receive(Int32.self, from: world.rank)
      }
      #expect(error?.code == .MPI_ERR_TYPE)
      _ = try outgoing.wait()
    }

    @Test func sentBytesAreCounted() throws {
      let before = Traffic.sentBytes
      var received = [Float](repeating: 0, count: 100)
      try world.sendReceive(
        [Float](repeating: 1, count: 100), to: next, into: &received, from: previous)
      let incoming = try world.startReceive(
        into: Buffer(repeating: Int64(0), count: 10), from: previous)
      _ = try world.startSend(Buffer(repeating: Int64(1), count: 10), to: next).wait()
      _ = try incoming.wait()
      #expect(Traffic.sentBytes - before == 480)
    }

    @Test func rankOutsideTheCommunicatorIsAnError() throws {
      let error = #expect(throws: MPIError.self) { try world.send([1], to: world.size) }
      #expect(error?.code == .MPI_ERR_RANK)
      #expect("\(try #require(error))".contains("rank \(world.rank) of \(world.size)"))
    }

    @Test func negativeTagIsAnError() throws {
      let error = #expect(throws: MPIError.self) { try world.send([1], to: 0, tag: -1) }
      #expect(error?.code == .MPI_ERR_TAG)
    }
  }
}
