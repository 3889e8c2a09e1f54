import Federated
import MPI
import Testing

extension Ranks {
  @Suite struct FederatedRobustness {
    let world = Ranks.world

    static let rules: [any RobustRule] = [
      CoordinateMedian(), TrimmedMean(cut: 1), Krum(liars: 1), Krum(liars: 1, selected: 3),
      Bulyan(liars: 1), FLTrust(rootSamples: 20),
    ]

    @Test(arguments: rules.indices) func bitsDoNotDependOnRanks(index: Int) throws {
      var fixture = FederatedFixture()
      fixture.federation.robust = Self.rules[index]
      let many = try fixture.bits(on: world)
      #expect(try fixture.bits(on: world.split(color: world.rank)) == many)
    }

    @Test func trimmingNothingIsTheUniformMean() throws {
      var fixture = FederatedFixture()
      fixture.federation.weighsBySamples = false
      let mean = try fixture.bits(on: world)
      fixture.federation.robust = TrimmedMean(cut: 0)
      #expect(try fixture.bits(on: world) == mean)
    }

    @Test func medianStandsAnAttackThatBreaksTheMean() throws {
      func lossAfter(_ rule: (any RobustRule)?) throws -> Double {
        var fixture = FederatedFixture(
          model: FederatedFixture.plainModel, sizes: [20, 20, 20, 20, 20, 20, 20])
        fixture.federation.attack = Attack(.signFlip, share: 0.28, strength: 8)
        fixture.federation.robust = rule
        let simulation = try Simulation(
          fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
        try fixture.run(simulation, rounds: 1...8)
        return try simulation.scores(of: fixture.clients, in: fixture.source) { $0.samples }
          .meanLoss
      }
      #expect(try lossAfter(CoordinateMedian()) < 0.8)
      #expect(try lossAfter(Krum(liars: 2)) < 0.8)
      #expect(try lossAfter(nil) > 1)
    }

    @Test(arguments: Attack.Kind.allCases) func attacksChangeTheModel(kind: Attack.Kind) throws {
      var fixture = FederatedFixture()
      let honest = try fixture.bits(on: world)
      fixture.federation.attack = Attack(kind, share: 0.3, strength: 2)
      #expect(try fixture.bits(on: world) != honest)
    }

    @Test func tooFewUpdatesChangeNothing() throws {
      var fixture = FederatedFixture()
      fixture.federation.robust = Krum(liars: 2)
      fixture.clients[0] = Client(id: 0, name: "empty", samples: [])
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      let start = Array(simulation.state.global.buffer)
      let report = try fixture.run(simulation, rounds: 1...1)[0]
      #expect(report.aborted != nil)
      #expect(Array(simulation.state.global.buffer) == start)
    }

    /// No rule and no compression divides by the norm of an update of zeros.
    @Test(arguments: 0..<rules.count + 4) func updatesOfZerosCountLikeOthers(index: Int) throws {
      var fixture = FederatedFixture(model: FederatedFixture.plainModel)
      fixture.rate = 1e-30
      let compressions: [any Compression] = [
        Quantization(bits: 4), LargestElements(share: 0.1), CountSketch(share: 0.3),
      ]
      switch index {
      case Self.rules.indices: fixture.federation.robust = Self.rules[index]
      case Self.rules.count: fixture.federation.normClipping = NormClipping(limit: 1)
      default: fixture.federation.compression = compressions[index - Self.rules.count - 1]
      }
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      let start = Array(simulation.state.global.buffer)
      let report = try fixture.run(simulation, rounds: 1...1)[0]
      #expect(report.participants == 7)
      #expect(report.rejected.isEmpty)
      #expect(distance(Array(simulation.state.global.buffer), start) < 1e-28)
    }

    @Test(arguments: [0, 1, 2]) func compressionIsTheSameOnAnyNumberOfRanks(index: Int) throws {
      var fixture = FederatedFixture()
      fixture.federation.compression =
        [Quantization(bits: 4), LargestElements(share: 0.1), CountSketch(share: 0.3)][index]
        as any Compression
      let many = try fixture.bits(on: world)
      #expect(try fixture.bits(on: world.split(color: world.rank)) == many)
    }
  }
}
