/// How a federation learns: everything but its data.
public struct Federation: Sendable {
  /// What clients do between two messages.
  public var training: LocalTraining
  /// What clients and server do beside.
  public var algorithm: any Algorithm = FedAvg()
  /// How the server makes a step of the mean update.
  public var server: any ServerOptimizer = ServerSGD()
  /// How the clients of a round are chosen.
  public var sampler: any CohortSampler = WholeCohort()
  /// Steps whenever so many updates have come, in the place of rounds; nil: rounds.
  public var asynchrony: Asynchrony?
  /// Averaging with neighbours in the place of a server; nil: a server's mean.
  public var gossip: Gossip?
  /// Clients as groups of ranks; nil: ranks share the clients out.
  public var silos: SiloSettings?
  /// Who of them answers, and when.
  public var availability = Availability()
  /// Whether updates count by samples; nil: as the algorithm wants.
  public var weighsBySamples: Bool?
  /// How updates become integers.
  public var fixedPoint = FixedPoint()
  /// How updates become shorter on their way; nil: not at all.
  public var compression: (any Compression)?
  /// Parameters that stay with their clients, by patterns of their paths.
  public var personal: [String] = []
  /// What takes the place of the mean; nil: the mean.
  public var robust: (any RobustRule)?
  /// A limit to the norm of updates.
  public var normClipping: NormClipping?
  /// What some clients do, to test the rest.
  public var attack: Attack?
  /// Differential privacy of whole clients.
  public var privacy: ClientPrivacy?
  /// How single updates are hidden from the server.
  public var secure: SecureSettings?
  /// Whether each rank trains the clients with fewest samples first: without influence on the result.
  public var reversesOrder = false
  /// The seed of everything that is drawn.
  public var seed: UInt64 = 0

  /// Federated averaging of all clients, unless changed.
  public init(training: LocalTraining) { self.training = training }

  /// Whether a client must always be trained by its home rank.
  var keepsClientStates: Bool {
    gossip != nil || algorithm.keepsControl || !personal.isEmpty || compression?.keepsError == true
  }

  /// Whether updates count by samples.
  var isWeighted: Bool {
    privacy == nil && robust == nil && asynchrony == nil && gossip == nil
      && (weighsBySamples ?? algorithm.weighsBySamples)
  }

  /// What clients really do: ``FedSGD`` takes one step over everything.
  var effectiveTraining: LocalTraining {
    guard algorithm is FedSGD else { return training }
    var training = training
    (training.batch, training.epochs) = (nil, 1)
    return training
  }

  /// Throws if parts contradict each other or the number of clients.
  public func check(clients: Int) throws(FederationError) {
    try sampler.check(clients: clients)
    if let robust {
      guard !algorithm.sendsControl else {
        throw .settings("\(algorithm.name) sends two vectors, but \(robust.name) combines one")
      }
      guard secure == nil else {
        throw .settings(
          "\(robust.name) looks at single updates, which secure aggregation hides: leave one out")
      }
      guard privacy?.place != .central else {
        throw .settings(
          "the noise of central privacy is made for a sum, \(robust.name) is none: use a local one")
      }
      let expected = sampler.expectedSize(clients: clients)
      guard expected >= Double(robust.fewestUpdates - (robust.rootSamples > 0 ? 1 : 0)) else {
        throw .settings(
          "\(robust.name) with these settings needs \(robust.fewestUpdates) updates, the cohort has \(Int(expected))"
        )
      }
    }
    if let asynchrony { try check(asynchrony, clients: clients) }
    if gossip != nil { try checkGossip() }
    if silos != nil { try checkSilos() }
    if let privacy {
      try privacy.check(participants: sampler.expectedSize(clients: clients))
      guard !algorithm.sendsControl else {
        throw .settings("\(algorithm.name) sends a second vector, which privacy does not cover")
      }
      guard weighsBySamples != true else {
        throw .settings(
          "weights by samples let a large client exceed the clip: with privacy weighting must be uniform"
        )
      }
    }
    if let secure { try secure.check(size: Int(sampler.expectedSize(clients: clients))) }
  }

  private func checkGossip() throws(FederationError) {
    let isPlain = algorithm is FedAvg || algorithm is FedProx || algorithm is FedSGD
    guard isPlain, server.isEqual(to: ServerSGD()), personal.isEmpty, compression == nil,
      robust == nil, secure == nil, privacy == nil, asynchrony == nil, silos == nil
    else {
      throw .settings(
        "federated.gossip has no server: it goes with fedAvg, fedProx and fedSGD only; leave out server, personal, compression, robust, privacy, asynchronous and silos"
      )
    }
  }

  private func checkSilos() throws(FederationError) {
    guard asynchrony == nil, training.privateSteps == nil, robust?.rootSamples ?? 0 == 0 else {
      throw .settings(
        "silos train side by side in rounds, and the server has no data: leave out asynchronous, privacy.samples and flTrust"
      )
    }
  }

  private func check(_ asynchrony: Asynchrony, clients: Int) throws(FederationError) {
    guard asynchrony.concurrency <= clients else {
      throw .settings(
        "federated.asynchronous.concurrency is \(asynchrony.concurrency), but there are \(clients) clients"
      )
    }
    guard !keepsClientStates, robust == nil, secure == nil, privacy == nil else {
      throw .settings(
        "federated.asynchronous goes with plain means only: leave out robust, privacy, personal, topK and algorithms that keep something of clients"
      )
    }
    guard availability.dropout == 0, availability.overSelection == 0, availability.deadline == nil
    else {
      throw .settings(
        "nobody waits in an asynchronous federation: of availability it takes speedDeviation only")
    }
  }
}
