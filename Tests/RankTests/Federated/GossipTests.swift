import Federated
import MPI
import Optimizers
import Testing

extension Ranks {
  @Suite struct FederatedGossip {
    let world = Ranks.world

    private func fixture(exchanges: Int = 1, sizes: [Int] = [5, 31, 14, 7, 40, 20, 23])
      -> FederatedFixture
    {
      var fixture = FederatedFixture(sizes: sizes)
      fixture.federation.gossip = Gossip(exchanges: exchanges)
      return fixture
    }

    @Test(arguments: [1, 2, 3, 7])
    func bitsDoNotDependOnRanks(clients: Int) throws {
      var fixture = fixture(exchanges: 2, sizes: Array(repeating: 20, count: clients))
      fixture.federation.availability.dropout = clients == 7 ? 0.3 : 0
      let many = try fixture.bits(on: world)
      #expect(try fixture.bits(on: world.split(color: world.rank)) == many)
    }

    @Test func manyExchangesAreTheUniformMean() throws {
      var fixture = fixture(exchanges: 60)
      fixture.rounds = 1
      let gossip = try fixture.parameters(on: world)
      fixture.federation.gossip = nil
      fixture.federation.weighsBySamples = false
      #expect(distance(try fixture.parameters(on: world), gossip) < 1e-5)
    }

    @Test func neighboursComeNearerAndStrangersDoNot() throws {
      func deviation(_ exchanges: Int) throws -> Double {
        let fixture = fixture(exchanges: exchanges)
        let simulation = try Simulation(
          fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
        try fixture.run(simulation, rounds: 1...3)
        let losses = try simulation.scores(of: fixture.clients, in: fixture.source) { _ in
          Array(0..<140)
        }.losses
        let mean = losses.reduce(0, +) / Double(losses.count)
        return losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      }
      #expect(try deviation(8) < 0.1 * deviation(0))
    }

    @Test func serverSettingsAreRefused() {
      var fixture = fixture()
      fixture.federation.server = ServerSGD(rate: 1, momentum: 0.5)
      #expect(throws: FederationError.self) { try fixture.federation.check(clients: 7) }
    }

    @Test func fineTuningHelpsClientsAndLeavesTheModel() throws {
      let fixture = FederatedFixture(model: FederatedFixture.plainModel)
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      try fixture.run(simulation, rounds: 1...1)
      let model = Array(simulation.state.global.buffer)
      let before = try simulation.scores(of: fixture.clients, in: fixture.source) { $0.samples }
      let after = try simulation.scores(
        of: fixture.clients, in: fixture.source,
        tuning: FineTuning(epochs: 5, rate: 0.1, round: 2)
      ) { $0.samples }
      #expect(after.meanLoss < before.meanLoss)
      #expect(Array(simulation.state.global.buffer) == model)
    }
  }
}
