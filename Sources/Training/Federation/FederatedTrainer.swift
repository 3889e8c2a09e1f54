import Datasets
import Federated
public import Foundation
import Graph
import Layers
public import MPI

/// Runs a federated job: rounds, evaluation, events, checkpoints.
public final class FederatedTrainer {
  private let job: Job
  private let settings: Job.Federated
  private let world: Communicator
  private let folder: RunFolder
  private let data: TrainingData
  /// The train split, or of it what this rank may read.
  private let source: any SampleSource
  private let simulation: Simulation
  /// The clients with the samples that are kept from training.
  private let heldOut: [Client]
  private let evaluator: Evaluator
  private let log: MetricsLog?
  private let checkpoints: FederatedCheckpoint
  private let requests: StopRequests
  private let privacy: PrivacyMeter?
  private var round = 0
  private var lastCheckpoint: Int?

  /// Opens everything that the job needs. Collective: all ranks give the same job.
  ///
  /// - Parameter deadline: When the batch system will end the job: the run saves and stops before.
  /// - Throws: `AgreedFailure` after one rank has printed what is wrong.
  public init(
    _ job: Job, output: RunFolder, resume: Trainer.Resume, deadline: Date? = nil,
    on world: Communicator
  ) throws {
    (self.job, self.world, folder) = (job, world, output)
    guard let settings = job.federated, let federation = job.federation else {
      try world.agreeing { throw Failure.notFederated }
      throw AgreedFailure(exitCode: .usage)
    }
    guard job.training.compute == .float32 else {
      try world.agreeing {
        throw Failure(.usage, "training.compute: clients compute in float32; leave it out")
      }
      throw AgreedFailure(exitCode: .usage)
    }
    self.settings = settings
    let silos = try federation.silos.map { settings -> Silos in
      // Settings that do not fit are the same mistake on all ranks.
      do { return try Silos(settings, on: world) } catch let error as FederationError {
        try world.agreeing { throw error }
        throw AgreedFailure(exitCode: .usage)
      }
    }
    let opened = try Self.open(job, silos, on: world)
    (data, source) = (opened.data, opened.source)
    let parts = HeldOutSamples(opened.clients, share: settings.evaluation.holdOut)
    heldOut = parts.measured
    try world.agreeing { try federation.check(clients: parts.trained.count) }
    simulation = try Simulation(
      federation, clients: parts.trained, source: opened.source, on: world, silos: silos)
    privacy = try world.agreeing { [simulation] in try PrivacyMeter(job, simulation) }
    evaluator = Evaluator(
      model: job.model, loss: job.loss, metrics: job.metrics.list, map: simulation.state.map,
      parameters: simulation.state.global.base, on: world)
    checkpoints = FederatedCheckpoint(folder: output.checkpoints, keep: job.checkpoint.keep)
    let start = try Trainer.checkpoint(for: resume, output, world)
    if let start {
      round = try FederatedCheckpoint.load(start, into: simulation)
      lastCheckpoint = round
    }
    try world.agreeing {
      guard world.isRoot else { return }
      try output.create()
      try Failure.write(job.yaml, to: output.jobFile)
    }
    log = try world.agreeing {
      world.isRoot ? try MetricsLog(path: output.metricsFile) : nil
    }
    requests = StopRequests(
      folder: world.isRoot ? output : nil, deadline: world.isRoot ? deadline : nil)
    try announce(from: start)
  }

  /// Opens the data that this rank may read. Collective.
  private static func open(
    _ job: Job, _ silos: Silos?, on world: Communicator
  ) throws -> (data: TrainingData, source: any SampleSource, clients: [Client]) {
    if let silos {
      let own = try SiloData(job, silos, on: world)
      return (own.data, own.source, own.clients)
    }
    return try world.agreeing {
      let data = try TrainingData(job)
      return (data, data.train, try FederatedClients(job, data).all)
    }
  }

  /// Runs the rounds that are left and returns the last evaluation. Collective, blocking.
  public func run() throws -> Evaluation? {
    var last: (round: Int, evaluation: Evaluation)?
    while round < settings.rounds {
      guard try isAffordable() else { break }
      try step()
      let isLast = round == settings.rounds
      if let test = data.test, isLast || round % settings.evaluation.everyRounds == 0 {
        last = (round, try evaluate(test))
      }
      if let every = settings.evaluation.clientsEveryRounds, isLast || round % every == 0 {
        try evaluateClients()
      }
      if let target = settings.evaluation.target, let accuracy = last?.evaluation.accuracy,
        last?.round == round, accuracy >= target
      {
        log?.write("target", ["round": .integer(round), "accuracy": .number(accuracy)])
        if world.isRoot { Console.print("reached accuracy \(target) in round \(round)") }
        break
      }
      if let every = job.checkpoint.everySteps ?? job.checkpoint.everyEpochs, round % every == 0 {
        try save()
      }
      try honourRequests()
    }
    if last?.round != round, let test = data.test { last = (round, try evaluate(test)) }
    if lastCheckpoint != round { try save() }
    let digest = try simulation.state.digest()
    log?.write("end", ["round": .integer(round), "sha256": .text(digest)])
    try world.agreeing { try log?.finish() }
    if world.isRoot { Console.print("model sha256 \(digest)") }
    return last?.evaluation
  }

  /// Whether the budget allows one round more.
  private func isAffordable() throws -> Bool {
    guard let privacy, let limit = privacy.limit else { return true }
    let next = privacy.epsilon(round: round + 1)
    guard next > limit else { return true }
    let message =
      "the privacy budget of \(limit) is spent: round \(round + 1) would make epsilon \(Console.short(next))"
    guard round > 0 else {
      try world.agreeing {
        throw Failure(
          .usage, message + "; raise privacy.budget or the noise, or take fewer clients a round")
      }
      return false
    }
    log?.write("budget", ["round": .integer(round), "epsilon": .number(next)])
    if world.isRoot { Console.print(message) }
    return false
  }

  private func step() throws {
    let start = Date()
    let number = round + 1
    try simulation.prepare(round: number)
    try world.agreeing {
      try simulation.train(
        round: number, rate: job.optimizer.schedule.learningRate(step: number))
    }
    let report = try simulation.aggregate(round: number)
    round = number
    if let reason = report.aborted, world.isRoot {
      Console.error("trireme: round \(number) changed nothing: \(reason)")
    }
    guard report.loss.isFinite, report.updateNorm.isFinite else {
      try world.agreeing {
        throw Failure(
          .diverged,
          "round \(number) ends in numbers that are not finite: lower the learning rate or look at the data"
        )
      }
      return
    }
    try show(report, seconds: Date().timeIntervalSince(start))
  }

  private func evaluate(_ test: any SampleSource) throws -> Evaluation {
    let result = try evaluator.evaluate(test)
    log?.write(
      "evaluate",
      [
        "split": .text("test"), "round": .integer(round), "loss": .number(result.loss),
        "accuracy": result.accuracy.map { .number($0) } ?? .none,
      ],
      further: result.metrics.compactMap {
        guard case .number(let value) = $0.value else { return nil }
        return ($0.name, .number(value))
      })
    if world.isRoot { Console.print("\(name(round))  test \(result)") }
    return result
  }

  private func evaluateClients() throws {
    let scores = try simulation.scores(of: heldOut, in: source) { $0.samples }
    try show(scores, event: "clients")
    guard let epochs = settings.evaluation.fineTuneEpochs else { return }
    let tuning = FineTuning(
      epochs: epochs, rate: job.optimizer.schedule.learningRate(step: max(1, round)),
      round: round + 1)
    try show(
      simulation.scores(of: heldOut, in: source, tuning: tuning) { $0.samples },
      event: "fineTuned")
  }

  /// Writes and prints what clients score: each by itself in the last round, if they are few.
  private func show(_ scores: ClientScores, event: String) throws {
    func value(_ number: Double?) -> MetricsLog.Value { number.map { .number($0) } ?? .none }
    let title = event == "clients" ? "clients" : "clients, fine-tuned"
    log?.write(
      event,
      [
        "round": .integer(round), "clients": .integer(scores.clients.count),
        "meanLoss": .number(scores.meanLoss), "meanAccuracy": value(scores.meanAccuracy),
        "worstTenthAccuracy": value(scores.worstTenthAccuracy),
        "accuracyDeviation": value(scores.accuracyDeviation),
      ])
    guard world.isRoot else { return }
    guard let mean = scores.meanAccuracy, let worst = scores.worstTenthAccuracy,
      let deviation = scores.accuracyDeviation
    else {
      Console.print("\(name(round))  \(title): mean loss \(Console.short(scores.meanLoss))")
      return
    }
    Console.print(
      "\(name(round))  \(title): mean accuracy "
        + String(format: "%.4f, worst tenth %.4f, deviation %.4f", mean, worst, deviation))
    guard round == settings.rounds, scores.clients.count <= 20 else { return }
    for (place, client) in scores.clients.enumerated() {
      let (accuracy, held) = (scores.accuracies[place], heldOut[client])
      Console.print(
        String(format: "  %.4f  ", accuracy) + "\(held.name), \(held.samples.count) samples")
    }
  }

  private func save() throws {
    let start = Date()
    defer { requests.noteCheckpoint(seconds: Date().timeIntervalSince(start)) }
    let path = try checkpoints.save(
      simulation, round: round, job,
      normalization: (data.train as? ShardedDataset)?.normalization.map(NormalizationText.encode))
    lastCheckpoint = round
    if let path {
      log?.write("checkpoint", ["round": .integer(round), "path": .text(path)])
    }
  }

  /// Does what any rank was asked for.
  private func honourRequests() throws {
    let request = try world.allReduce(Double(requests.take()), .sum)
    guard Float(request) > StopRequest.none else { return }
    if lastCheckpoint != round { try save() }
    guard StopRequest.isStop(Float(request)), round < settings.rounds else { return }
    log?.write("stop", ["round": .integer(round)])
    if world.isRoot {
      Console.print(
        "stopped after round \(round) as asked; go on with --resume auto (exit code 75)")
    }
    throw AgreedFailure(exitCode: .requeue)
  }

  // MARK: - Reporting

  private func announce(from checkpoint: String?) throws {
    guard world.isRoot else { return }
    let parameters = simulation.state.map.entries.reduce(0) {
      $0 + ($1.isTrained ? $1.shape.count : 0)
    }
    let clients = simulation.clients
    log?.write(
      checkpoint == nil ? "start" : "resume",
      [
        "round": .integer(round), "ranks": .integer(world.size),
        "clients": .integer(clients.count), "parameters": .integer(parameters),
        "samples": .integer(source.count), "algorithm": .text(settings.algorithm.name),
      ])
    Console.print(
      "\(world.size) \(world.size == 1 ? "rank" : "ranks"), \(clients.count) clients of \(clients.map(\.samples.count).min() ?? 0) to \(clients.map(\.samples.count).max() ?? 0) samples, \(settings.algorithm.name); \(parameters) parameters, \(source.count) samples"
    )
    if let checkpoint { Console.print("resuming after round \(round) from \(checkpoint)") }
  }

  private func show(_ report: RoundReport, seconds: Double) throws {
    guard world.isRoot else { return }
    for (client, reason) in report.rejected {
      Console.error(
        "trireme: round \(report.round): left out \(simulation.clients[client].name): \(reason)")
    }
    let epsilon = privacy?.epsilon(round: report.round)
    log?.write(
      "round",
      [
        "round": .integer(report.round), "cohort": .integer(report.cohort.count),
        "participants": .integer(report.participants), "dropped": .integer(report.dropped.count),
        "late": .integer(report.late.count), "rejected": .integer(report.rejected.count),
        "loss": .number(report.loss), "accuracy": report.accuracy.map { .number($0) } ?? .none,
        "updateNorm": .number(report.updateNorm), "cutElements": .integer(report.cutElements),
        "bytesUp": .integer(report.bytesUp), "bytesDown": .integer(report.bytesDown),
        "virtualTime": .number(report.virtualTime), "seconds": .number(seconds),
        "learningRate": .number(job.optimizer.schedule.learningRate(step: report.round)),
        "clip": report.clip.map { .number($0) } ?? .none,
        "epsilon": epsilon.map { .number($0) } ?? .none,
      ])
    var line =
      "\(name(report.round))  \(report.participants) of \(report.cohort.count) clients  loss \(Console.short(report.loss))"
    if let accuracy = report.accuracy { line += String(format: "  accuracy %.4f", accuracy) }
    if let epsilon, let privacy {
      line += String(format: "  epsilon %.3f (delta %g)", epsilon, privacy.delta)
    }
    Console.print(line + String(format: "  %.2f s", seconds))
  }

  /// The number of a round, as wide as the last one's.
  private func name(_ round: Int) -> String {
    String(format: "round %*d/%d", "\(settings.rounds)".count, round, settings.rounds)
  }
}
