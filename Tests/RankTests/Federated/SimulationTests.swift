import Datasets
import Federated
import Layers
import MPI
import Optimizers
import Testing

extension Ranks {
  @Suite struct FederatedSimulation {
    let world = Ranks.world

    /// The same job on this rank alone.
    func alone() throws -> Communicator { try world.split(color: world.rank) }

    static let algorithms: [any Algorithm] = [
      FedAvg(), FedSGD(), FedProx(mu: 0.1), Scaffold(), FedNova(), FedDyn(alpha: 0.1),
    ]

    @Test(arguments: algorithms.indices)
    func bitsDoNotDependOnRanksOrOrder(index: Int) throws {
      var fixture = FederatedFixture()
      fixture.federation.algorithm = Self.algorithms[index]
      fixture.federation.sampler = FixedCohort(size: 5)
      let many = try fixture.bits(on: world)
      fixture.federation.reversesOrder = true
      #expect(try fixture.bits(on: alone()) == many)
    }

    @Test func personalLayersStayAndBitsDoNotDependOnRanks() throws {
      var fixture = FederatedFixture()
      fixture.federation.personal = ["layers.1.*"]
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      let start = Array(simulation.state.global.buffer)
      try fixture.run(simulation, rounds: 1...2)
      for range in simulation.personal.ranges {
        #expect(Array(simulation.state.global.buffer[range]) == Array(start[range]))
      }
      #expect(try fixture.bits(on: world) == fixture.bits(on: alone()))
    }

    @Test func fullBatchesOfAllClientsAreGradientDescent() throws {
      // One step of all clients by their samples is one step over all samples.
      var fixture = FederatedFixture(model: FederatedFixture.plainModel, batch: nil, epochs: 1)
      let federated = try fixture.parameters(on: world)
      fixture.clients = [Client(id: 0, name: "all", samples: Array(0..<140))]
      #expect(distance(try fixture.parameters(on: world), federated) < 1e-6)
    }

    @Test func fedSGDIsOneStepWhateverTheJobSays() throws {
      var one = FederatedFixture(batch: nil, epochs: 1)
      var other = FederatedFixture(batch: 5, epochs: 4)
      one.federation.algorithm = FedAvg()
      other.federation.algorithm = FedSGD()
      #expect(try one.bits(on: world) == other.bits(on: world))
    }

    @Test func fedProxWithoutPullIsFedAvg() throws {
      var fixture = FederatedFixture()
      let average = try fixture.bits(on: world)
      fixture.federation.algorithm = FedProx(mu: 0)
      #expect(try fixture.bits(on: world) == average)
    }

    /// The pull of 1e-30 changes no bit of a gradient, but has gradients computed before parameters change.
    @Test func stepsWithoutGradientsInMemoryHaveTheSameBits() throws {
      var fixture = FederatedFixture()
      let average = try fixture.bits(on: world)
      fixture.federation.algorithm = FedProx(mu: 1e-30)
      #expect(try fixture.bits(on: world) == average)
    }

    @Test func firstRoundOfScaffoldIsTheUniformMean() throws {
      var fixture = FederatedFixture()
      fixture.rounds = 1
      fixture.federation.weighsBySamples = false
      let average = try fixture.bits(on: world)
      fixture.federation.algorithm = Scaffold()
      #expect(try fixture.bits(on: world) == average)
      fixture.rounds = 2
      let second = try fixture.bits(on: world)
      fixture.federation.algorithm = FedAvg()
      #expect(try fixture.bits(on: world) != second)
    }

    @Test func fedNovaOfEqualStepsIsFedAvg() throws {
      var fixture = FederatedFixture(sizes: [20, 20, 20, 20, 20, 20, 20])
      let average = try fixture.parameters(on: world)
      fixture.federation.algorithm = FedNova()
      #expect(distance(try fixture.parameters(on: world), average) < 2e-6)
    }

    @Test func serverMomentumOfNothingIsFedAvg() throws {
      var fixture = FederatedFixture()
      let average = try fixture.bits(on: world)
      fixture.federation.server = ServerSGD(rate: 1, momentum: 0)
      #expect(try fixture.bits(on: world) == average)
      fixture.federation.server = ServerSGD(rate: 1, momentum: 0.5)
      #expect(try fixture.bits(on: world) != average)
    }

    @Test func proximalTermKeepsClientsNearTheGlobalModel() throws {
      func norm(_ mu: Double) throws -> Double {
        var fixture = FederatedFixture()
        fixture.federation.algorithm = FedProx(mu: mu)
        let simulation = try Simulation(
          fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
        return try fixture.run(simulation, rounds: 1...1)[0].updateNorm
      }
      #expect(try norm(5) < norm(0))
    }

    @Test func bufferOfAllWithoutStalenessIsRounds() throws {
      var fixture = FederatedFixture(sizes: [20, 20, 20, 20, 20, 20, 20])
      fixture.federation.weighsBySamples = false
      let rounds = try fixture.bits(on: world)
      fixture.federation.asynchrony = Asynchrony(concurrency: 7, buffer: 7)
      #expect(try fixture.bits(on: world) == rounds)
    }

    @Test func staleUpdatesGiveTheSameBitsOnAnyNumberOfRanks() throws {
      var fixture = FederatedFixture()
      fixture.rounds = 8
      fixture.federation.availability.speedDeviation = 1
      fixture.federation.asynchrony = Asynchrony(concurrency: 5, buffer: 2)
      let many = try fixture.bits(on: world)
      fixture.federation.reversesOrder = true
      #expect(try fixture.bits(on: alone()) == many)
    }

    @Test func lossFalls() throws {
      var fixture = FederatedFixture(model: FederatedFixture.plainModel)
      fixture.rounds = 10
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      let reports = try fixture.run(simulation, rounds: 1...10)
      #expect(reports[9].loss < 0.7 * reports[0].loss)
      #expect(reports[9].samples == 280)
      #expect(reports[9].participants == 7)
    }

    @Test func clientsWithoutDataOrWithNaNAreLeftOutAndNamed() throws {
      var fixture = FederatedFixture()
      let clean = fixture
      fixture.clients[2] = Client(id: 2, name: "empty", samples: [])
      let poisoned = PoisonedSource(fixture.source, sample: fixture.clients[4].samples[3])
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: poisoned, on: world)
      let report = try fixture.run(simulation, rounds: 1...1)[0]
      #expect(report.rejected.map(\.client) == [2, 4])
      #expect(report.participants == 5)
      #expect(simulation.state.global.buffer.allSatisfy { $0.isFinite })
      #expect(clean.clients.count == 7)
    }

    @Test func aRoundWithoutUpdatesChangesNothing() throws {
      var fixture = FederatedFixture()
      fixture.federation.sampler = PoissonCohort(rate: 1e-9)
      let simulation = try Simulation(
        fixture.federation, clients: fixture.clients, source: fixture.source, on: world)
      let start = Array(simulation.state.global.buffer)
      #expect(try fixture.run(simulation, rounds: 1...1)[0].participants == 0)
      #expect(Array(simulation.state.global.buffer) == start)
    }

    @Test func scoresAreThoseOfOneRank() throws {
      let fixture = FederatedFixture()
      func scores(_ communicator: Communicator) throws -> ClientScores {
        let simulation = try Simulation(
          fixture.federation, clients: fixture.clients, source: fixture.source, on: communicator)
        try fixture.run(simulation, rounds: 1...2)
        return try simulation.scores(of: fixture.clients, in: fixture.source) { $0.samples }
      }
      let (many, one) = (try scores(world), try scores(alone()))
      #expect(many.losses == one.losses)
      #expect(many.accuracies == one.accuracies)
      #expect(many.worstTenthAccuracy == many.accuracies.min())
    }
  }
}

/// A source of which one sample is not a number.
private final class PoisonedSource: SampleSource {
  private let source: SyntheticSource
  private let bad: Int

  init(_ source: SyntheticSource, sample: Int) { (self.source, bad) = (source, sample) }

  var name: String { source.name }
  var count: Int { source.count }
  var featureShape: [Int] { source.featureShape }
  var labelShape: [Int] { source.labelShape }
  var labelKind: LabelKind { source.labelKind }
  var classNames: [String] { source.classNames }

  func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    if let index = indices.first(where: { $0 == bad }) {
      throw .notFinite(file: "poison.h5", dataset: "/features", index: index)
    }
    try source.read(indices, into: features, labels: labels)
  }
}
