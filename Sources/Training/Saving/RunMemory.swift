import Foundation
import MPI
import Parallelism

/// What a rank holds of a run, to go on from when another was lost.
///
/// Ranks that are left are at most one step apart: a sum over ranks is complete on one only if all have
/// put their part in. Those that have it hold the same parameters, and give them to the others:
///
///     rank 0   step 7 ── sum ── update ── step 8 ─ ✗
///     rank 1   step 7 ── sum ─ ✗   lost
///     rank 2   step 7 ── sum ── ✗                     takes what rank 0 has after step 7
struct RunMemory {
  /// Everything but arrays, for messages.
  struct Facts: Codable {
    /// As in `TrainingState.text`.
    let state: String
    let epochMeter: [String: Double]
    let lacksEpochEnd: Bool
    let lastCheckpoint: Int?
  }

  /// The step in which the rank was when it heard of the loss, from 1.
  let step: Int
  /// When the last step ended.
  let time: Double
  /// The step of the newest checkpoint that this rank, as root, knows to be good.
  let newest: Int?
  private let model: ModelState
  private let facts: Facts
  private let progress: Int64

  /// What a trainer that ends holds; nil if a part of it was on the lost rank only.
  init?(of trainer: Trainer) {
    guard trainer.isWhole, trainer.job.parallel.shardOptimizer != true,
      trainer.job.parallel.compression == .none
    else { return nil }
    step = trainer.state.position.step + 1
    time = trainer.lastStepTime
    newest = trainer.store.newest
    model = trainer.parallel.state
    facts = Facts(
      state: trainer.state.text, epochMeter: trainer.epochMeter.numbers,
      lacksEpochEnd: trainer.lacksEpochEnd, lastCheckpoint: trainer.lastCheckpoint)
    progress = 2 * Int64(trainer.state.position.step) + (trainer.lacksEpochEnd ? 0 : 1)
  }

  /// Gives all ranks what the one that is the furthest holds. Collective, blocking.
  ///
  /// - Returns: Its facts; nil if no rank holds anything.
  static func restore(
    _ memory: RunMemory?, into parallel: DataParallel, on world: Communicator
  ) throws -> Facts? {
    let progress = try world.allGather([memory?.progress ?? -1])
    guard let furthest = progress.max(), furthest >= 0,
      let leader = progress.firstIndex(of: furthest)
    else { return nil }
    let slots = parallel.state.wholeSlots()
    var text = ""
    if world.rank == leader, let memory {
      try parallel.state.copy(memory.model, slots: slots)
      text = String(decoding: try JSONEncoder().encode(memory.facts), as: UTF8.self)
    }
    try parallel.state.adopt(slots, on: world, from: leader)
    text = try world.broadcast(text, from: leader)
    return try JSONDecoder().decode(Facts.self, from: Data(text.utf8))
  }
}
