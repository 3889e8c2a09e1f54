import Datasets
import Federated
import Layers
import MPI
import Optimizers

/// A small federation: clients of uneven sizes, a network with every kind of state.
struct FederatedFixture {
  static let model = Model(
    inputShape: [6],
    layers: [Dense(units: 9), BatchNorm(), Activation.relu, Dropout(rate: 0.2), Dense(units: 3)])

  /// Without what depends on how batches are cut.
  static let plainModel = Model(
    inputShape: [6], layers: [Dense(units: 9), Activation.tanh, Dense(units: 3)])

  let source = SyntheticSource(count: 140, featureShape: [6], classes: 3, seed: 5)
  var clients: [Client]
  var federation: Federation
  var rounds = 3
  var rate = 0.1

  /// Seven clients of `sizes` samples; 140 in all, unless said otherwise.
  init(
    model: Model = FederatedFixture.model, sizes: [Int] = [5, 31, 14, 7, 40, 20, 23],
    policy: UpdatePolicy = UpdatePolicy(SGD()), batch: Int? = 5, epochs: Int = 2
  ) {
    var start = 0
    clients = sizes.enumerated().map { id, size in
      defer { start += size }
      return Client(id: id, name: "client \(id)", samples: Array(start..<start + size))
    }
    federation = Federation(
      training: LocalTraining(
        model: model, loss: .softmaxCrossEntropy, policy: policy, batch: batch, epochs: epochs))
    federation.seed = 3
  }

  /// The global parameters after all rounds, as bits.
  func bits(on communicator: Communicator) throws -> [UInt32] {
    try parameters(on: communicator).map(\.bitPattern)
  }

  /// The global parameters after all rounds.
  func parameters(on communicator: Communicator) throws -> [Float] {
    let simulation = try Simulation(federation, clients: clients, source: source, on: communicator)
    try run(simulation, rounds: 1...rounds)
    return Array(simulation.state.global.buffer)
  }

  @discardableResult
  func run(_ simulation: Simulation, rounds: ClosedRange<Int>) throws -> [RoundReport] {
    var reports: [RoundReport] = []
    for round in rounds {
      try simulation.prepare(round: round)
      try simulation.train(round: round, rate: rate)
      reports.append(try simulation.aggregate(round: round))
    }
    return reports
  }
}

/// The largest difference of two arrays.
func distance(_ a: [Float], _ b: [Float]) -> Float {
  zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
