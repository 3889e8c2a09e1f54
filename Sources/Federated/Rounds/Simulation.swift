import CKernels
public import Datasets
import Engine
public import MPI
import Optimizers
import Randomness

// Note [The simulation of a federation]
//
// There is no server process. Every rank holds the global parameters and trains its share of the
// cohort, one client after the other in the same memory; updates are added up as integers, first on
// each rank, then over ranks, and every rank makes the same step.
//
//     rank 0   client 17 ─┐  client 3 ─┐
//                         ├────────────┴─► Int64 sum ─┐
//     rank 1   client 8 ──┴─► Int64 sum ──────────────┴─► all-reduce ─► step, on every rank alike
//
// Memory of a rank, in copies of the model: global, local and gradient for training, and 2 for the sum,
// in whose place the mean is computed; whatever the number of clients. Where a rank has one client, as
// in silos, 1 for the mean instead (Note [A mean in the place of its updates]). Control variates and the
// like come on top, on the clients' home ranks.

/// Runs the rounds of a federation over ranks: the same bits on any number of them.
public final class Simulation {
  /// How the federation learns.
  public let federation: Federation
  /// All clients.
  public let clients: [Client]
  /// The ranks.
  public let communicator: Communicator
  /// What rounds change.
  public let state: FederatedState
  /// Parameters that stay with their clients.
  public let personal: PersonalPart

  /// Where the ranks of a node take their clients from; nil where it is said before which rank has which.
  private let queue: ClientQueue?
  /// The groups of ranks that the clients are; nil: ranks share the clients out.
  let silos: Silos?
  let trainer: LocalTrainer
  let sum: UpdateSum
  let robust: RobustRound?
  /// What takes the place of the sum where every rank has one update at most.
  let direct: UpdateMean?
  /// How much this rank's update counts in ``direct``.
  var directWeight: Int64 = 0
  let attackers: Set<Int>
  let places: ElementPlaces
  var secureRound: SecureRound?
  /// Whether updates count by samples.
  let weighsBySamples: Bool
  /// The server as a client, for rules that trust its own update.
  private let root: Client?
  let sizes: [Int]
  /// Where a robust rule's result goes.
  private let robustMean: FloatMemory?
  private let second: FloatMemory?
  let linear: FloatMemory?
  private let source: any SampleSource
  var rejected: [(client: Int, reason: String)] = []
  /// The step that the virtual clock was last asked for.
  var scheduled: (round: Int, runs: [VirtualClock.Run], clock: VirtualClock)?

  /// Compiles the step and makes fresh parameters. Collective.
  ///
  /// - Parameter silos: The groups of ranks that are the clients, in whose order they stand; nil: ranks
  ///   share the clients out.
  /// - Throws: `FederationError` if settings and clients do not fit; `GraphError`, `EngineError`.
  public init(
    _ federation: Federation, clients: [Client], source: any SampleSource,
    on communicator: Communicator, silos: Silos? = nil
  ) throws {
    self.federation = federation
    self.silos = silos
    self.clients = clients
    self.communicator = communicator
    self.source = source
    sizes = clients.map(\.samples.count)
    try federation.check(clients: clients.count)
    guard silos == nil || silos?.count == clients.count else {
      throw FederationError.settings(
        "there are \(silos?.count ?? 0) silos, but \(clients.count) clients: each client is one silo"
      )
    }
    let algorithm = federation.algorithm
    trainer = try LocalTrainer(
      federation.effectiveTraining, source: source,
      needsGradients: silos != nil || algorithm.pull != 0 || algorithm.keepsControl)
    let map = trainer.map
    guard federation.training.privateSteps == nil || map.trainedCount == map.count else {
      throw FederationError.settings(
        "privacy.samples bounds gradients only, but this model keeps statistics of batches: use groupNorm in the place of batchNorm"
      )
    }
    weighsBySamples = federation.isWeighted
    try federation.fixedPoint.check(
      totalWeight: weighsBySamples ? sizes.reduce(0, +) : clients.count)
    state = try FederatedState(
      federation.training, map: map, server: federation.server,
      keepsControl: algorithm.keepsControl,
      clip: federation.privacy?.clip ?? federation.normClipping?.limit ?? .infinity,
      seed: federation.seed)
    personal = try PersonalPart(federation.personal, map)
    robust = federation.robust.map { RobustRound($0, count: map.count, on: communicator) }
    let isDirect =
      silos != nil && robust == nil && federation.secure == nil && !algorithm.sendsControl
      && federation.privacy?.place != .central
    direct =
      isDirect
      ? try UpdateMean(count: map.count, fixedPoint: federation.fixedPoint, on: communicator) : nil
    // Where updates go elsewhere only the numbers beside them are added up.
    let counts =
      robust != nil || isDirect
      ? [] : [map.count] + (algorithm.sendsControl ? [map.trainedCount] : [])
    sum = try UpdateSum(
      counts: counts, scalars: RoundSum.allCases.count, fixedPoint: federation.fixedPoint,
      on: communicator)
    robustMean = robust.map { _ in FloatMemory(count: map.count) }
    second = algorithm.sendsControl ? FloatMemory(count: map.trainedCount) : nil
    linear = algorithm.keepsControl ? FloatMemory(count: map.trainedCount) : nil
    let isAnyRank =
      communicator.size > 1 && silos == nil && !federation.keepsClientStates
      && federation.secure == nil && federation.asynchrony == nil
    queue = isAnyRank ? try ClientQueue(on: communicator) : nil
    attackers =
      federation.attack?.attackers(clients: clients.count, seed: federation.seed) ?? []
    places = ElementPlaces(map)
    root = Self.root(federation, clients: clients.count, samples: source.count)
    if let silos { trainer.team = try SiloTeam(silos, resultCount: trainer.results.count) }
    beginGossip()
    keepVersion(round: 0)
  }

  /// The server's own samples, drawn by the seed.
  private static func root(_ federation: Federation, clients: Int, samples: Int) -> Client? {
    guard let count = federation.robust?.rootSamples, count > 0 else { return nil }
    var random = CounterRandom(seed: federation.seed, purpose: .sampling, sample: 1)
    return Client(
      id: clients, name: "the server",
      samples: Array(random.shuffled(Array(0..<samples)).prefix(count)))
  }

  /// Who takes part in a round, counted from 1. Local, the same on all ranks.
  public func outcome(round: Int) -> (cohort: [Int], outcome: Availability.Outcome) {
    if federation.asynchrony != nil {
      let runs = runs(round: round)
      var outcome = Availability.Outcome()
      outcome.participants = runs.map(\.client).sorted()
      outcome.time = runs.map(\.end).max() ?? 0
      return (outcome.participants, outcome)
    }
    var sampler = federation.sampler
    var wanted: Int?
    let further = federation.availability.overSelection
    if further > 0, let fixed = sampler as? FixedCohort {
      wanted = fixed.size
      let asked = Int((Double(fixed.size) * (1 + further)).rounded(.up))
      sampler = FixedCohort(size: min(clients.count, asked))
    }
    let cohort = sampler.cohort(round: round, sizes: sizes, seed: federation.seed)
    let outcome = federation.availability.outcome(
      cohort: cohort, wanted: wanted, sizes: sizes, round: round, seed: federation.seed)
    return (cohort, outcome)
  }

  /// Whatever clients must agree on before they train: keys, with secure aggregation. Collective,
  /// blocking.
  public func prepare(round: Int) throws {
    guard let secure = federation.secure else { return }
    let (cohort, outcome) = outcome(round: round)
    guard cohort.count >= 3 else {
      secureRound = nil
      return
    }
    // Those who will drop out have keys too, and a rank that speaks for them until then.
    let silent = (outcome.dropped + outcome.late).filter { home(of: $0) == communicator.rank }
    let trained = silos?.isLeader == false ? [] : mine(outcome.participants)
    secureRound = try SecureRound(
      secure, cohort: cohort, mine: trained + silent, round: round,
      seed: federation.seed, on: communicator)
  }

  /// The rank that keeps what is kept of a client, and speaks for it.
  func home(of client: Int) -> Int {
    if let silos { return silos.leaders[client] }
    if federation.gossip != nil { return client * communicator.size / clients.count }
    return ClientStates.home(of: client, ranks: communicator.size)
  }

  /// The ranks that keep what is kept of a client: one, or those of its silo.
  public func homes(of client: Int) -> Range<Int> {
    let first = home(of: client)
    guard let silos else { return first..<first + 1 }
    return first..<(client + 1 < silos.count ? silos.leaders[client + 1] : communicator.size)
  }

  /// The clients that this rank trains, or the ranks of its node together.
  private func mine(_ participants: [Int]) -> [Int] {
    if let silos { return participants.filter { $0 == silos.number } }
    let schedule = CohortSchedule(
      participants, costs: participants.map { sizes[$0] }, ranks: communicator.size,
      home: federation.keepsClientStates ? { self.home(of: $0) } : nil)
    let mine = schedule.clients(of: queue?.ranks ?? [communicator.rank])
    return federation.reversesOrder ? mine.reversed() : mine
  }

  /// Calls `body` with each client that this rank trains.
  private func forEachOfMine(_ participants: [Int], _ body: (Int) throws -> Void) rethrows {
    guard let queue else { return try mine(participants).forEach(body) }
    queue.start(mine(participants))
    while let client = queue.next() { try body(client) }
  }

  /// Trains this rank's share of a round's clients and adds up their updates. Local, blocking, after
  /// ``prepare(round:)``.
  ///
  /// A client without samples, or whose data or update is not finite, is left out and named in the
  /// report.
  ///
  /// - Throws: `DatasetError` if data cannot be read.
  public func train(round: Int, rate: Double) throws {
    sum.clear()
    robust?.clear()
    directWeight = 0
    rejected = []
    guard federation.asynchrony == nil else { return try trainRuns(round: round, rate: rate) }
    try forEachOfMine(outcome(round: round).outcome.participants) { client in
      try contribute(
        clients[client], round: round, rate: rate,
        anchor: federation.gossip == nil ? state.global : ownModel(of: client))
    }
    if let root, communicator.isRoot {
      try contribute(root, round: round, rate: rate, anchor: state.global)
    }
    if communicator.isRoot { addCountNoise(round: round) }
    addNoise(round: round)
  }

  /// Adds up over ranks and makes the server's step. Collective, blocking, after
  /// ``train(round:rate:)``.
  public func aggregate(round: Int) throws -> RoundReport {
    defer { keepVersion(round: round) }
    var report = try describe(round: round)
    if federation.secure != nil {
      do {
        try unmask(report)
      } catch let error as FederationError {
        // All ranks have met the same.
        report.aborted = "\(error)"
        return report
      }
    }
    if let gossip = federation.gossip {
      try self.gossip(gossip, silent: Set(report.dropped + report.late))
    }
    try sum.reduce()
    let scalars = sum.scalars.map { Double($0) }
    func scalar(_ name: RoundSum) -> Double { scalars[name.rawValue] }
    report.participants = Int(scalar(.participants))
    report.samples = Int(scalar(.samples))
    report.loss = scalar(.loss) / RoundSum.scale / max(1, scalar(.samples))
    if source.classCount != nil {
      report.accuracy = scalar(.correct) / RoundSum.scale / max(1, scalar(.samples))
    }
    report.cutElements = Int(scalar(.cut))
    report.bytesUp = report.participants * messageBytes
    if let gossip = federation.gossip {
      let talking = clients.count - report.dropped.count - report.late.count
      report.bytesUp = 2 * talking * gossip.exchanges * messageBytes
      report.bytesDown = 0
    }
    if state.clip.isFinite { report.clip = state.clip }
    adaptClip(within: scalar(.unclipped) / RoundSum.scale)
    let isCentral = federation.privacy?.place == .central
    let weight =
      isCentral
      ? expectedParticipants
      : federation.gossip == nil ? scalar(.weight) : Double(clients.count)
    let mean: UnsafeMutablePointer<Float>
    if let robust, let robustMean {
      mean = robustMean.base
      let (updates, isEnough) = try robust.combine(into: mean)
      guard isEnough else {
        report.aborted = "\(updates) updates are too few for \(federation.robust?.name ?? "")"
        return report
      }
    } else {
      guard weight > 0 else { return report }
      if let direct {
        mean = direct.memory.base
        report.cutElements = try direct.average(weight: directWeight)
      } else {
        mean = sum.mean(ofVector: 0, total: weight)
      }
      if let second { sum.mean(ofVector: 1, total: weight, into: second.base) }
    }
    step(
      mean, number: scalar(.number) / RoundSum.scale / max(1, weight),
      participants: report.participants)
    report.updateNorm = ck_sum_of_squares(mean, trainer.map.trainedCount).squareRoot()
    return report
  }

  /// Takes the masks out of the sums of all ranks together.
  private func unmask(_ report: RoundReport) throws {
    guard let secureRound else {
      throw FederationError.aborted(
        "secure aggregation hides one update among others: a cohort of \(report.cohort.count) is too small"
      )
    }
    let rejected = Set(report.rejected.map(\.client))
    let silent = rejected.union(report.dropped).union(report.late)
    try secureRound.unmask(
      sum.memory, survivors: report.cohort.filter { !silent.contains($0) },
      dropped: silent.sorted())
  }

  /// The number by which private sums are divided.
  var expectedParticipants: Double {
    federation.sampler.expectedSize(clients: clients.count)
  }

  /// The server's step along `mean`.
  private func step(
    _ mean: UnsafeMutablePointer<Float>, number: Double, participants: Int
  ) {
    let map = trainer.map
    federation.algorithm.combine(
      ServerWork(
        mean: mean, count: map.count, trainedCount: map.trainedCount,
        second: second.map { UnsafePointer($0.base) }, shared: state.sharedControl?.base,
        number: number, participants: participants, clients: clients.count))
    federation.server.step(
      state.global.base, mean: mean, slots: state.optimizerSlots, count: map.trainedCount)
    // Running statistics have no optimizer: they become the clients' mean.
    for index in map.trainedCount..<map.count { state.global.base[index] += mean[index] }
  }

  /// The part of the report that no sum is needed for. Collective.
  private func describe(round: Int) throws -> RoundReport {
    var report = RoundReport()
    let (cohort, outcome) = outcome(round: round)
    report.round = round
    (report.cohort, report.dropped, report.late) = (cohort, outcome.dropped, outcome.late)
    report.virtualTime = outcome.time
    report.bytesDown = cohort.count * 4 * trainer.map.count
    let lines = rejected.map { "\($0.client) \($0.reason)" }.joined(separator: "\n")
    report.rejected = try communicator.allGather(lines).flatMap { text in
      text.split(separator: "\n").compactMap { line in
        let parts = line.split(separator: " ", maxSplits: 1)
        return Int(parts[0]).map { ($0, String(parts.last ?? "")) }
      }
    }.sorted { $0.client < $1.client }
    return report
  }

  /// Bytes of a client's message: shortened, or four a float; eight an integer if it is masked.
  private var messageBytes: Int {
    let count = trainer.map.count
    if federation.secure != nil { return sum.memory.count * MemoryLayout<Int64>.stride }
    let first = federation.compression?.byteCount(count) ?? 4 * count
    return first + (second.map { 4 * $0.count } ?? 0)
  }

  /// The room of the second vector of the client that is being trained.
  var secondRoom: FloatMemory? { second }
}
