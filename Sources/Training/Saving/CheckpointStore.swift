import Checkpoints
import Engine
import Foundation

// Note [Saving while training]
//
//     training  ──step──step──┬─copy─┬─step──step──step──step──step──step──┬─copy─┬─step──
//                             │      │                                     │      │
//     writer                         └─files, checksums, fsync, rename─┘          └─files ...
//
// The copy takes as long as memory takes to be read and written once. The training waits only if the
// writer is still busy with the checkpoint before, and at its end. A write that fails is reported,
// leaves the folder as it was, and is tried again at the next point of the schedule.

/// The checkpoints of one run. For the root rank.
final class CheckpointStore {
  /// How the writing of a checkpoint ended.
  struct Outcome: Sendable {
    let step: Int
    /// From the beginning of the write until the file was on the disk.
    let seconds: Double
    /// The file's path, or why there is none.
    let result: Result<String, CheckpointError>
    /// Why older checkpoints that were to go are still there, or the best one is not marked.
    var tidying: CheckpointError?
  }

  private let settings: Job.Checkpoint
  private let folder: CheckpointFolder
  private var copy: StateTensors?
  private var work: BackgroundWork<Outcome>?
  /// The step of the newest checkpoint known to be good.
  private(set) var newest: Int?

  /// - Parameter newest: The step of the checkpoint that the run starts from.
  init(folder: String, _ settings: Job.Checkpoint, newest: Int?) {
    self.folder = CheckpointFolder(folder)
    self.settings = settings
    self.newest = newest
  }

  /// Starts to write the state of a run; the write before must have been taken.
  ///
  /// - Parameters:
  ///   - best: The step of the best checkpoint, which stays.
  ///   - makesRoom: Whether older checkpoints may go before the new one is there, all but the newest
  ///     good one: for the last checkpoint of a run on a full disk.
  func begin(
    _ state: WholeState, _ description: CheckpointState, best: Int?, makesRoom: Bool = false
  ) {
    let tensors: StateTensors
    if settings.background {
      let copy = copy ?? StateTensors(like: state)
      self.copy = copy
      copy.copy(from: state)
      tensors = copy
    } else {
      tensors = StateTensors(of: state)
    }
    let (folder, precision, newest) = (folder, settings.precision, newest)
    start(step: description.step, best: best) { () throws(CheckpointError) in
      if makesRoom, let newest { try folder.prune(Retention(newest: 1, best: newest)) }
      return try CheckpointWriter.write(
        description, model: tensors.model, optimizer: tensors.optimizer, toFolder: folder.path,
        precision: precision)
    }
  }

  /// Starts to join parts that are on the disk; the write before must have been taken.
  func join(
    _ map: ParameterMap, optimizer: [String: [TensorDescription]],
    _ description: CheckpointState, parts: Int, token: String, best: Int?
  ) {
    let model = StateTensors.descriptions(map, trainedOnly: false)
    let folder = folder
    start(step: description.step, best: best) { () throws(CheckpointError) in
      try CheckpointWriter.join(
        description, model: model, optimizer: optimizer, parts: parts, token: token,
        toFolder: folder.path)
    }
  }

  private func start(
    step: Int, best: Int?, _ write: @escaping @Sendable () throws(CheckpointError) -> String
  ) {
    let (folder, settings) = (folder, settings)
    let work = BackgroundWork(name: "checkpoint") {
      let start = Date()
      let result = Result { () throws(CheckpointError) in try write() }
      let seconds = Date().timeIntervalSince(start)
      let tidying = Result { () throws(CheckpointError) in
        guard case .success = result else { return }
        if best == step { try folder.markBest(step: step) }
        let keep = Retention(newest: settings.keep, every: settings.keepEvery, best: best)
        try folder.prune(keep, upTo: step)
      }
      return Outcome(step: step, seconds: seconds, result: result, tidying: tidying.failure)
    }
    self.work = work
    if !settings.background { _ = work.wait() }
  }

  /// The outcome of the last write, once; nil if there is none, or none yet.
  func take(waiting: Bool) -> Outcome? {
    guard let outcome = waiting ? work?.wait() : work?.finished else { return nil }
    work = nil
    if case .success = outcome.result { newest = outcome.step }
    return outcome
  }
}

extension Result {
  /// The error, if it is one.
  fileprivate var failure: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}
