import Collectives
import Parallelism
import Scaling
import Testing

/// What must hold of a replayed step, whatever the constants.
@Suite struct StepReplayTests {
  /// Ten ops of 100 us; two parameters of 1,000,000 bytes, ready after ops 5 and 9.
  private let profile = StepProfile(
    job: "hand", samples: 8, opMicroseconds: Array(repeating: 100, count: 10),
    parameters: [.init(end: 250_000, readyAfterOp: 5), .init(end: 500_000, readyAfterOp: 9)],
    updateMicroseconds: 50, addRate: .infinity)

  private func network(latency: Double = 10, rate: Double = 1) -> Network {
    Network(name: "hand", network: .init(latency: latency, rate: rate))
  }

  private func replay(
    _ ranks: Int, on network: Network, _ algorithm: AllReduceChoice = .doubling,
    _ change: (inout StepReplay.Settings) -> Void = { _ in }
  ) throws -> StepReplay {
    var settings = StepReplay.Settings(algorithm: algorithm, bucketBytes: 1_000_000)
    change(&settings)
    return try #require(StepReplay(profile, ranks: ranks, on: network, settings: settings))
  }

  @Test func oneRankOnlyComputes() throws {
    let replay = try replay(1, on: network())
    #expect(replay.step == 1050 && replay.exposed == 0 && replay.hidden == 0)
  }

  @Test func endlesslyFastNetworksCostNothing() throws {
    let replay = try replay(64, on: network(latency: 0, rate: .infinity))
    #expect(replay.step == 1050)
  }

  @Test func stepsAreAtLeastComputeAndTheWire() throws {
    for algorithm in [AllReduceChoice.ring, .halving, .doubling] {
      for ranks in [2, 3, 4, 8, 16, 100] {
        let replay = try replay(ranks, on: network(), algorithm)
        #expect(replay.step >= 1050 && replay.step >= replay.wire)
        #expect(replay.step <= 1050 + replay.wire + 1e4)
      }
    }
  }

  @Test func overlapNeverLoses() throws {
    let overlapped = try replay(4, on: network(), .ring) { $0.hasProgressThread = true }
    let blocking = try replay(4, on: network(), .ring) { $0.overlaps = false }
    #expect(overlapped.step < blocking.step)
    #expect(blocking.hidden == 0)
  }

  @Test func sumsWaitForALook() throws {
    // The first bucket's six stages of 20 us: a look follows each only every 100 us, and there are four.
    let looking = try replay(64, on: network(rate: 100))
    let attended = try replay(64, on: network(rate: 100)) { $0.hasProgressThread = true }
    #expect(attended.step < looking.step)
  }

  @Test func slowerNetworksTakeLonger() throws {
    let fast = try replay(8, on: network(rate: 10), .ring)
    let slow = try replay(8, on: network(rate: 1), .ring)
    #expect(fast.step < slow.step)
  }

  @Test func jitterCostsTheExpectedMaximum() throws {
    var jittery = profile
    jittery.jitterMicroseconds = 100
    let replay = try #require(
      StepReplay(jittery, ranks: 10, on: network(latency: 0, rate: .infinity)))
    #expect(abs(replay.stragglers - 153.88) < 0.01)
  }

  @Test func inputIsWaitedForIfItIsSlower() throws {
    var hungry = profile
    hungry.inputRate = 4000  // 8 samples in 2000 us
    #expect(try #require(StepReplay(hungry, ranks: 1, on: network())).step == 2000)
  }

  @Test func ranksOfOneNodeMayShareTheUpdate() throws {
    var four = network()
    four.ranksPerNode = 4
    func update(_ ranks: Int, _ algorithm: AllReduceChoice = .auto) throws -> Double {
      try replay(ranks, on: four, algorithm) { $0.sharesUpdate = true }.update
    }
    #expect(try update(4) == 12.5)
    // Two nodes, and messages between ranks of one node.
    #expect(try update(8) == 50 && update(4, .ring) == 50)
  }

  @Test func fewerSamplesFollowTheMeasuredLine() {
    var measured = profile
    measured.loads = [.init(samples: 1, microseconds: 300), .init(samples: 4, microseconds: 600)]
    #expect(abs(measured.with(samples: 2).computeMicroseconds - 400) < 1e-9)
    #expect(abs(measured.with(samples: 6).computeMicroseconds - 800) < 1e-9)
    #expect(abs(measured.with(samples: 16).computeMicroseconds - 2000) < 1e-9)
  }

  @Test func bucketsAreThoseOfTheTrainer() {
    let buckets = profile.buckets(bytes: 1_000_000, firstBytes: 1_000_000)
    #expect(buckets.map(\.count) == [32, 250_000, 250_000])
    #expect(buckets.map(\.readyAfter) == [1, 6, 10])
  }
}
