import Federated

/// What a federated job has spent of its privacy budget.
struct PrivacyMeter {
  private let ledger: PrivacyLedger
  /// Releases of the mechanism up to a round.
  private let releases: (Int) -> Int

  /// The meter of a job; nil if it promises nothing.
  ///
  /// - Throws: `Failure` if no accountant describes the job's way of sampling.
  init?(_ job: Job, _ simulation: Simulation) throws {
    guard let privacy = job.privacy, let settings = job.federated else { return nil }
    if let clients = privacy.clients {
      releases = { $0 }
      guard clients.place == .central else {
        // Any two updates may differ by twice the clip; a client may be asked in every round.
        ledger = PrivacyLedger(
          privacy.accounting,
          SampledGaussian(rate: 1, noiseMultiplier: clients.noiseMultiplier / 2))
        return
      }
      let rate: Double
      switch settings.cohort {
      case let poisson as PoissonCohort: rate = poisson.rate
      case is WholeCohort: rate = 1
      default:
        throw Failure(
          .usage,
          "the accountants assume that every client is drawn by itself: with privacy.clients write federated.cohort as {poisson: {rate: ...}} or all"
        )
      }
      ledger = PrivacyLedger(
        privacy.accounting,
        SampledGaussian(rate: rate, noiseMultiplier: clients.noiseMultiplier))
    } else if let samples = privacy.samples {
      // The worst client counts: the largest rate, and the most steps.
      let sizes = simulation.clients.map(\.samples.count).filter { $0 > 0 }
      let batch = settings.localBatch ?? .max
      let rate = sizes.map { min(1, Double(batch) / Double($0)) }.max() ?? 1
      var steps = [Int](repeating: 0, count: simulation.clients.count)
      var counted = 0
      var most: [Int: Int] = [0: 0]
      ledger = PrivacyLedger(
        privacy.accounting,
        SampledGaussian(rate: rate, noiseMultiplier: samples.noiseMultiplier))
      releases = { round in
        while counted < round {
          counted += 1
          for id in simulation.outcome(round: counted).outcome.participants {
            let count = simulation.clients[id].samples.count
            steps[id] += settings.localEpochs * (count / max(1, min(batch, count)))
          }
          most[counted] = steps.max() ?? 0
        }
        return most[round] ?? 0
      }
    } else {
      return nil
    }
  }

  /// Epsilon after `round` rounds.
  func epsilon(round: Int) -> Double { ledger.epsilon(steps: releases(round)) }

  /// Delta.
  var delta: Double { ledger.budget.delta }

  /// The job's limit.
  var limit: Double? { ledger.budget.limit }
}
