import CKernels
import Datasets
import Engine
import Optimizers

// The way of one client through a round.

extension Simulation {
  /// The names of what is kept of clients.
  enum Kept {
    static let control = "control"
    static let error = "error"
    static let model = "model"
  }

  /// Trains a client and adds its update to the sum. Local, blocking.
  ///
  /// - Parameters:
  ///   - anchor: The parameters that it starts from.
  ///   - factor: What its update is multiplied by.
  func contribute(
    _ client: Client, round: Int, rate: Double, anchor: FloatMemory, factor: Float = 1
  ) throws {
    guard !client.samples.isEmpty else { return reject(client, "has no samples") }
    let map = trainer.map
    let own = try startingPoint(client, anchor)
    let isAttacker = attackers.contains(client.id)
    trainer.loader.flipsLabels = isAttacker && federation.attack?.kind == .labelFlip
    let result: LocalResult
    do {
      result = try trainer.train(
        client, anchor: anchor, correction: correction(own), rate: rate, round: round,
        seed: federation.seed)
    } catch let error as DatasetError {
      guard case .notFinite = error else { throw error }
      return reject(client, "\(error)")
    } catch let error as RejectedData {
      return reject(client, error.reason)
    }
    let update = trainer.local.base
    if !personal.isEmpty {
      let kept = state.clients.array(PersonalPart.name, of: client.id, count: personal.count)
      personal.keep(update, in: kept)
    }
    trainer.subtract(anchor)
    personal.clear(update)
    guard ck_sum_of_squares(update, map.count).isFinite else {
      return reject(client, "its update is not finite")
    }
    let number = federation.algorithm.conclude(
      ClientWork(
        update: update, count: map.count, trainedCount: map.trainedCount, own: own?.base,
        shared: state.sharedControl.map { UnsafePointer($0.base) }, second: secondRoom?.base,
        steps: result.steps, rate: rate, momentum: momentum))
    if factor != 1 { ck_scale_to(update, update, map.count, factor) }
    if isAttacker { attack(client, round: round) }
    let isWithin = bound(client, round: round)
    compress(client, round: round)
    try add(client, result, number: number, isWithin: isWithin)
  }

  /// Puts the global parameters, or the client's own where it has some, where they are trained, and
  /// returns the client's control.
  private func startingPoint(_ client: Client, _ anchor: FloatMemory) throws -> FloatMemory? {
    let map = trainer.map
    trainer.local.base.update(from: anchor.base, count: map.count)
    if let kept = state.clients.existing(PersonalPart.name, of: client.id) {
      personal.restore(kept, into: trainer.local.base)
    }
    guard federation.algorithm.keepsControl else { return nil }
    return state.clients.array(Kept.control, of: client.id, count: map.trainedCount)
  }

  private func correction(_ own: FloatMemory?) -> GradientCorrection {
    var correction = GradientCorrection(pull: Float(federation.algorithm.pull))
    if let own, let shared = state.sharedControl, let linear {
      let algorithm = federation.algorithm
      for index in 0..<linear.count {
        linear.base[index] = algorithm.linearTerm(own: own.base, shared: shared.base, at: index)
      }
      correction.linear = UnsafePointer(linear.base)
    }
    return correction
  }

  /// Adds an update and what is counted beside it, masked if the aggregation is secure.
  private func add(
    _ client: Client, _ result: LocalResult, number: Double, isWithin: Bool
  ) throws {
    // All ranks of a silo have the same update: one speaks for it.
    guard silos?.isLeader != false else { return }
    robust?.add(trainer.local.base, of: client.id)
    // The server's own update counts for its rule only.
    guard client.id < clients.count else { return }
    if federation.secure != nil {
      guard let secureRound else { return }
      // Masks first: at no time does the sum hold what no mask hides.
      try secureRound.mask(sum.memory, of: client.id)
    }
    let weight = weighsBySamples ? Int64(client.samples.count) : 1
    var cut = 0
    if federation.gossip != nil {
      ck_add_scaled(ownModel(of: client.id).base, trainer.local.base, trainer.map.count, 1)
    } else if let direct {
      direct.memory.base.update(from: trainer.local.base, count: trainer.map.count)
      directWeight = weight
    } else if robust == nil {
      cut = sum.add(trainer.local.base, toVector: 0, weight: weight)
      if let second = secondRoom { cut += sum.add(second.base, toVector: 1, weight: weight) }
    }
    func count(_ name: RoundSum, _ value: Int64) { sum.add(value, toScalar: name.rawValue) }
    count(.weight, weight)
    count(.participants, 1)
    count(.samples, Int64(result.samples))
    count(.loss, RoundSum.integer(result.lossSum))
    count(.correct, RoundSum.integer(result.correct))
    count(.number, weight &* RoundSum.integer(number))
    count(.cut, Int64(cut))
    count(.unclipped, RoundSum.integer(isWithin ? 0.5 : -0.5))
  }

  private func reject(_ client: Client, _ reason: String) {
    guard silos?.isLeader != false else { return }
    rejected.append((client.id, reason.replacing("\n", with: " ")))
  }

  /// The momentum of the clients' optimizer.
  private var momentum: Double { (federation.training.policy.rule as? SGD)?.momentum ?? 0 }
}
