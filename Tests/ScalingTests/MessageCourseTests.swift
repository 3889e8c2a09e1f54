import Collectives
import Scaling
import Testing

/// All-reduces against sums by hand: 10 us of latency, 1 GB/s (1000 bytes a microsecond), additions for free.
@Suite struct MessageCourseTests {
  private let network = Network(
    name: "hand", window: .init(latency: 2, rate: 10), node: .init(latency: 1, rate: 5),
    network: .init(latency: 10, rate: 1))

  private func microseconds(
    _ choice: AllReduceChoice, bytes: Double, ranks: Int, of network: Network? = nil
  ) -> Double? {
    MessageCourse(
      choice, bytes: bytes, on: Topology(ranks: ranks, network: network ?? self.network),
      addRate: .infinity)?.microseconds
  }

  @Test func ringTakesTwoRoundsOfSlices() throws {
    // 2 x 3 steps of 1000 bytes: 6 x (10 + 1).
    #expect(try abs(#require(microseconds(.ring, bytes: 4000, ranks: 4)) - 66) < 1e-9)
  }

  @Test func segmentsOfARingHideTheirLatency() throws {
    // Slices of 16 segments of 64.512 us: the wire never rests, only the last latency shows.
    let bytes = Double(2 * 16 * 63 << 10)
    let time = try #require(microseconds(.ring, bytes: bytes, ranks: 2))
    #expect(abs(time - (bytes / 1000 + 10)) < 1e-6)
  }

  @Test func theWireDoesNotRestBetweenStepsOfARing() throws {
    // Two steps of 48 us in three segments each: the next step's first leaves behind this one's last.
    let time = try #require(microseconds(.ring, bytes: 96_000, ranks: 2))
    #expect(abs(time - (96 + 10)) < 1e-6)
  }

  @Test func doublingExchangesEverythingInEachStep() throws {
    #expect(try abs(#require(microseconds(.doubling, bytes: 1000, ranks: 8)) - 3 * 11) < 1e-9)
  }

  @Test func ranksBeyondAPowerOfTwoAreTwoStepsMore() throws {
    #expect(try abs(#require(microseconds(.doubling, bytes: 1000, ranks: 5)) - 4 * 11) < 1e-9)
  }

  @Test func halvingSendsHalvesAndQuarters() throws {
    // 500 + 250 + 250 + 500 bytes in 4 steps of latency.
    #expect(try abs(#require(microseconds(.halving, bytes: 1000, ranks: 4)) - 41.5) < 1e-9)
  }

  @Test func segmentsOfAnExchangePassEachOther() throws {
    // Stages of 16 segments each: a latency shows at the end of a stage.
    let bytes = Double(2 * 16 * 63 << 10)
    let time = try #require(microseconds(.halving, bytes: bytes, ranks: 2))
    #expect(abs(time - (bytes / 1000 + 2 * 10)) < 1e-6)
  }

  @Test func windowNeedsOneNode() throws {
    var one = network
    one.ranksPerNode = 4
    #expect(
      try abs(#require(microseconds(.window, bytes: 1000, ranks: 4, of: one)) - 2.1) < 1e-9)
    #expect(microseconds(.window, bytes: 1000, ranks: 5, of: one) == nil)
  }

  @Test func hierarchySendsOneBufferANode() throws {
    var pairs = network
    pairs.ranksPerNode = 2
    // Each half in shared memory 2 + 0.05; between them a ring of 2 nodes over half the buffer, the link shared
    // by two: 2 x (10 + 0.25 x 2).
    let time = try #require(microseconds(.hierarchical, bytes: 1000, ranks: 4, of: pairs))
    #expect(abs(time - (2 * 2.05 + 2 * 10.5)) < 1e-9)
  }

  @Test func longMessagesAskFirst() throws {
    var asking = network
    asking.network.eager = 400
    // Request, answer, message: three latencies; the bytes travel once.
    #expect(
      try abs(#require(microseconds(.doubling, bytes: 1000, ranks: 2, of: asking)) - 31) < 1e-9)
  }

  @Test func farExchangesPayForTheSpine() throws {
    var tree = network
    tree.spine = .init(nodesPerSwitch: 2, path: .init(latency: 30, rate: 0.5))
    // Near: 10 + 1. Far: 30 + 2.
    #expect(
      try abs(#require(microseconds(.doubling, bytes: 1000, ranks: 4, of: tree)) - 43) < 1e-9)
  }

  @Test func crossingsOfARingAreSpreadOverItsHops() throws {
    var tree = network
    tree.spine = .init(nodesPerSwitch: 2, path: .init(latency: 30, rate: 1))
    // 6 steps of 10 and 30 us in turns, and 1 us of bytes each.
    #expect(
      try abs(#require(microseconds(.ring, bytes: 4000, ranks: 4, of: tree)) - 6 * 21) < 1e-9)
  }

  @Test func longMessagesOfARingWaitForTheLongestHop() throws {
    var tree = network
    tree.network.eager = 400
    tree.spine = .init(nodesPerSwitch: 2, path: .init(latency: 60, rate: 1))
    // Answer and message over 60 us at each step, more than three times the mean of 35.
    #expect(
      try abs(#require(microseconds(.ring, bytes: 4000, ranks: 4, of: tree)) - 6 * 121) < 1e-9)
  }

  /// Looks, as many as it takes, until a sum has ended.
  private func looks(
    _ choice: AllReduceChoice, bytes: Double, ranks: Int, every microseconds: Double
  ) throws -> Int {
    let course = try #require(
      MessageCourse(
        choice, bytes: bytes, on: Topology(ranks: ranks, network: network), addRate: .infinity))
    var channel = Channel([course])
    channel.ready = 1
    var count = 0
    while channel.spans.isEmpty, count < 100 {
      _ = channel.look(at: Double(count) * microseconds)
      count += 1
    }
    return count
  }

  @Test func callsThatAreWaitedForCostNothing() throws {
    // 3 stages of 4 segments; calls leave two segments before a stage ends.
    let bytes = Double(4 * 63 << 10)
    let time = try #require(microseconds(.doubling, bytes: bytes, ranks: 8))
    #expect(abs(time - 3 * (bytes / 1000 + 10)) < 1e-6)
  }

  @Test func callsBetweenOpsCostALookEach() throws {
    // A look starts the first stage, and one ends each; of three stages, two are called for.
    #expect(try looks(.doubling, bytes: Double(4 * 63 << 10), ranks: 8, every: 1000) == 6)
    #expect(try looks(.doubling, bytes: 1000, ranks: 8, every: 1000) == 4)
    // Four ranks do not call.
    #expect(try looks(.doubling, bytes: Double(4 * 63 << 10), ranks: 4, every: 1000) == 3)
  }

  @Test(arguments: AllReduceChoice.allCases)
  func oneRankSendsNothing(_ choice: AllReduceChoice) {
    #expect(microseconds(choice, bytes: 1000, ranks: 1) == 0)
  }
}
