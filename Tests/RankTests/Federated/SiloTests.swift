import Datasets
import Federated
import MPI
import Testing

extension Ranks {
  @Suite struct FederatedSilos {
    let world = Ranks.world

    private func bits(
      _ fixture: FederatedFixture, _ settings: SiloSettings, on communicator: Communicator
    ) throws -> [UInt32] {
      var fixture = fixture
      fixture.federation.silos = settings
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source,
        on: communicator, silos: Silos(settings, on: communicator))
      try fixture.run(simulation, rounds: 1...3)
      return simulation.state.global.buffer.map(\.bitPattern)
    }

    /// One silo of all ranks is one client: the same as on one rank.
    @Test(arguments: [false, true])
    func bitsDoNotDependOnTheRanksOfASilo(hasControl: Bool) throws {
      var fixture = FederatedFixture(sizes: [140], batch: 13)
      if hasControl { fixture.federation.algorithm = Scaffold() }
      let settings = SiloSettings(count: 1, microBatches: 8)
      let alone = try bits(fixture, settings, on: world.split(color: world.rank))
      #expect(try bits(fixture, settings, on: world) == alone)
    }

    @Test func asManySilosAsRanksAreTheSimulation() throws {
      let sizes = (0..<world.size).map { 140 / world.size - $0 }
      let fixture = FederatedFixture(sizes: sizes)
      let simulated = try fixture.bits(on: world)
      let settings = SiloSettings(count: world.size, microBatches: 1)
      #expect(try bits(fixture, settings, on: world) == simulated)
    }

    @Test func masksHideTheUpdatesOfSilosToo() throws {
      guard world.size >= 3 else {
        #expect(throws: FederationError.self) { try Silos(SiloSettings(count: 3), on: world) }
        return
      }
      var fixture = FederatedFixture(sizes: [40, 30, 20])
      let settings = SiloSettings(count: 3)
      let open = try bits(fixture, settings, on: world)
      fixture.federation.secure = SecureSettings()
      #expect(try bits(fixture, settings, on: world) == open)
    }

    @Test func tooFewRanksAreRefused() {
      #expect(throws: FederationError.self) {
        try Silos(SiloSettings(count: world.size + 1), on: world)
      }
    }
  }
}
