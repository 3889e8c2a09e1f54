import Checkpoints
import Engine

// Note [Parts while training]
//
//     rank 0  ──copy──┬─step──step──┬─step─ ...          writer 0  └─ part 0 ─┘  └─ join ─┘
//     rank 1  ──copy──┬─step──step──┬─step─ ...          writer 1  └─ part 1 ───┘
//                                   │
//                all ranks ask each other 1, 2, 4, 8, ... 64, 128, 192, ... steps later: have all
//                parts been written? Then the root joins them, and only then there is a checkpoint.

/// This rank's parts of the checkpoints of one run.
final class PartStore {
  /// A checkpoint of which parts are being written.
  struct Pending {
    let description: CheckpointState
    /// Names and shapes of the optimizer's arrays by slot.
    let optimizer: [String: [TensorDescription]]
    let best: Int?
    let part: CheckpointPart
  }

  private let folder: String
  private let settings: Job.Checkpoint
  private var memory = FloatMemory(count: 0)
  private var work: BackgroundWork<Result<Void, CheckpointError>>?
  /// The checkpoint that waits for its parts.
  private(set) var pending: Pending?

  init(folder: String, _ settings: Job.Checkpoint) {
    (self.folder, self.settings) = (folder, settings)
  }

  /// Copies this rank's share and starts to write it.
  func begin(_ state: WholeState, _ next: Pending) {
    _ = work?.wait()
    pending = next
    let tensors = StateTensors(of: state)
    let contents = Result { () throws(CheckpointError) in
      try CheckpointWriter.share(
        of: next.part, model: tensors.model, optimizer: tensors.optimizer
      ) { count in
        if memory.count < count { memory = FloatMemory(count: count) }
        return UnsafeMutableBufferPointer(rebasing: memory.buffer[..<count])
      }
    }
    let (folder, precision, step) = (folder, settings.precision, next.description.step)
    work = BackgroundWork(name: "part") {
      Result { () throws(CheckpointError) in
        try CheckpointWriter.write(
          contents.get(), step: step, toFolder: folder, precision: precision)
      }
    }
    if !settings.background { _ = work?.wait() }
  }

  /// Whether ranks ask each other after `step`; the same on all ranks.
  func isTimeToAsk(at step: Int) -> Bool {
    guard let pending else { return false }
    let passed = step - pending.description.step
    return passed > 0 && (passed % 64 == 0 || passed & (passed - 1) == 0)
  }

  /// How the writing of this rank's part ended; nil while it goes on.
  func result(waiting: Bool) -> Result<Void, CheckpointError>? {
    waiting ? work?.wait() : work?.finished
  }

  /// Forgets the pending checkpoint, which all ranks know to be written or failed.
  func settle() { pending = nil }
}
