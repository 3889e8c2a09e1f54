import Federated
import MPI
import Testing

extension Ranks {
  @Suite struct FederatedPrivacy {
    let world = Ranks.world

    func alone() throws -> Communicator { try world.split(color: world.rank) }

    @Test func noNoiseAndNoClipIsNoPrivacy() throws {
      var fixture = FederatedFixture()
      fixture.federation.weighsBySamples = false
      let plain = try fixture.bits(on: world)
      fixture.federation.weighsBySamples = nil
      fixture.federation.privacy = ClientPrivacy(.central, clip: 1e9, noiseMultiplier: 0)
      #expect(try fixture.bits(on: world) == plain)
    }

    @Test(arguments: ClientPrivacy.Place.allCases)
    func noiseDoesNotDependOnRanks(place: ClientPrivacy.Place) throws {
      var fixture = FederatedFixture()
      fixture.federation.privacy = ClientPrivacy(
        place, clip: 0.5, noiseMultiplier: 1,
        adaptive: place == .central ? AdaptiveClip(countNoise: 0.2) : nil)
      let many = try fixture.bits(on: world)
      fixture.federation.reversesOrder = true
      #expect(try fixture.bits(on: alone()) == many)
    }

    @Test func aCountThatCostsTooMuchIsRefused() throws {
      var fixture = FederatedFixture()
      fixture.federation.privacy = ClientPrivacy(
        .central, clip: 1, noiseMultiplier: 1, adaptive: AdaptiveClip(countNoise: 0.05))
      #expect(throws: FederationError.self) { try fixture.federation.check(clients: 7) }
    }

    @Test func noiseHasItsDeviation() throws {
      // Clipped to almost nothing, the mean is noise: deviation 1e-6 * 1e6 / 7 on each element.
      var fixture = FederatedFixture()
      fixture.federation.privacy = ClientPrivacy(.central, clip: 1e-6, noiseMultiplier: 1e6)
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      let start = Array(simulation.state.global.buffer)
      try fixture.run(simulation, rounds: 1...1)
      var (sum, count) = (0.0, 0)
      for (index, value) in simulation.state.global.buffer.enumerated() where value != start[index]
      {
        let difference = Double(value - start[index]) * 7
        sum += difference * difference
        count += 1
      }
      // 6 x 9 + 9 + 2 x 9 (norm) + 9 x 3 + 3 parameters and 18 statistics.
      #expect((100...129).contains(count))
      #expect((0.7...1.3).contains((sum / Double(count)).squareRoot()))
    }

    @Test func clipBoundsWhatOneClientCanDo() throws {
      var fixture = FederatedFixture()
      fixture.federation.privacy = ClientPrivacy(.central, clip: 0.01, noiseMultiplier: 0)
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      #expect(try fixture.run(simulation, rounds: 1...1)[0].updateNorm <= 0.01)
    }

    @Test func aZeroUpdateIsNoDivisionByZero() throws {
      var fixture = FederatedFixture(model: FederatedFixture.plainModel)
      fixture.rate = 1e-30
      fixture.federation.privacy = ClientPrivacy(
        .central, clip: 1, noiseMultiplier: 0, adaptive: AdaptiveClip())
      #expect(try fixture.parameters(on: world).allSatisfy { $0.isFinite })
    }

    @Test func privateStepsLearnAndDoNotDependOnRanks() throws {
      var fixture = FederatedFixture(model: FederatedFixture.plainModel)
      fixture.rounds = 6
      fixture.federation.training.privateSteps = PrivateSteps(clip: 1, noiseMultiplier: 0.3)
      let many = try fixture.bits(on: world)
      #expect(try fixture.bits(on: alone()) == many)
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      let reports = try fixture.run(simulation, rounds: 1...6)
      #expect(reports[5].loss < reports[0].loss)
    }

    @Test func privateStepsBoundWhatSamplesCanDo() throws {
      // However steep, a sample moves its client by at most rate * clip / batch.
      var fixture = FederatedFixture(model: FederatedFixture.plainModel)
      fixture.federation.training.privateSteps = PrivateSteps(clip: 1e-3, noiseMultiplier: 0)
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      let report = try fixture.run(simulation, rounds: 1...1)[0]
      #expect(report.updateNorm > 0)
      #expect(report.updateNorm <= fixture.rate * 1e-3 * Double(report.samples) / 5)
    }

    @Test func privateStepsHaveTheirNoise() throws {
      // Clipped to almost nothing, one step of one client with all of its 20 samples is noise: deviation
      // rate * 1e-6 * 1e6 / 20 on each of 6 x 9 + 9 + 9 x 3 + 3 parameters.
      var fixture = FederatedFixture(
        model: FederatedFixture.plainModel, sizes: [20], batch: nil, epochs: 1)
      fixture.federation.training.privateSteps = PrivateSteps(clip: 1e-6, noiseMultiplier: 1e6)
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      let norm = try fixture.run(simulation, rounds: 1...1)[0].updateNorm
      // Five deviations of the root of a mean of 93 squares: 5 / sqrt(2 * 93).
      #expect((0.63...1.37).contains(norm / 93.0.squareRoot() / (fixture.rate / 20)))
    }

    @Test func secureAggregationGivesTheSameBits() throws {
      var fixture = FederatedFixture()
      let open = try fixture.bits(on: world)
      fixture.federation.secure = SecureSettings()
      #expect(try fixture.bits(on: world) == open)
    }

    @Test func secureAggregationStandsDropouts() throws {
      var fixture = FederatedFixture()
      fixture.federation.availability.dropout = 0.3
      fixture.rounds = 5
      let open = try fixture.bits(on: world)
      var secure = SecureSettings()
      secure.threshold = 0.3
      fixture.federation.secure = secure
      #expect(try fixture.bits(on: world) == open)
    }

    @Test func secureAggregationCountsRejectedClientsAsDropped() throws {
      var fixture = FederatedFixture()
      fixture.clients[2] = Client(id: 2, name: "empty", samples: [])
      let open = try fixture.bits(on: world)
      fixture.federation.secure = SecureSettings()
      #expect(try fixture.bits(on: world) == open)
    }

    @Test func tooManyDropoutsGiveNoModel() throws {
      var fixture = FederatedFixture()
      fixture.federation.availability.dropout = 0.7
      var secure = SecureSettings()
      secure.threshold = 1
      fixture.federation.secure = secure
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      let start = Array(simulation.state.global.buffer)
      let report = try fixture.run(simulation, rounds: 1...1)[0]
      #expect(report.aborted != nil)
      #expect(Array(simulation.state.global.buffer) == start)
    }
  }
}
