import CKernels
import Collectives
import Foundation
import Glibc
import MPI

/// A thread that moves a pipeline on while all others compute, on a core of its own if there is one.
///
/// It looks again and again, as long as a bucket is ready, and sleeps otherwise. Where ranks share cores
/// (see `IdleWait`) it sleeps between looks, too, and goes where there is time: pinned, the threads of all
/// ranks would take turns on one core.
final class ProgressThread: @unchecked Sendable {
  // Sendable: all mutable state is guarded by `condition`; the pipeline is moved on by this thread only
  // between `wake()` and the end of `finish()`.
  private let pipeline: BucketPipeline
  private let condition = NSCondition()
  private var isAwake = false
  private var isEnding = false
  private var error: MPIError?

  /// - Parameter threads: those that compute; with a spare core beside them, this thread is pinned to
  ///   the last one.
  init(_ pipeline: BucketPipeline, threads: Int) {
    self.pipeline = pipeline
    let thread = Thread { [self] in
      if !IdleWait.sleeps, ck_allowed_cores() > threads { _ = ck_pin_to_last_core() }
      work()
    }
    thread.name = "sums over ranks"
    thread.start()
  }

  /// Says that a bucket has become ready.
  func wake() {
    condition.lock()
    isAwake = true
    condition.signal()
    condition.unlock()
  }

  /// Waits until all buckets, which are all ready, are complete.
  func finish() throws(MPIError) {
    wake()
    let waited = pipeline.endedCount
    for observer in pipeline.observers { observer.waitStarted(for: waited) }
    condition.lock()
    while isAwake { condition.wait() }
    let failure = error
    condition.unlock()
    for observer in pipeline.observers { observer.waitEnded() }
    if let failure { throw failure }
  }

  /// Ends the thread.
  func end() {
    condition.lock()
    isEnding = true
    condition.signal()
    condition.unlock()
  }

  private func work() {
    while true {
      condition.lock()
      while !isAwake && !isEnding { condition.wait() }
      if isEnding { return condition.unlock() }
      condition.unlock()
      do throws(MPIError) {
        var idle = IdleWait()
        while pipeline.isBusy {
          try pipeline.progress()
          if IdleWait.sleeps { idle.pause() } else { sched_yield() }
        }
      } catch {
        condition.lock()
        self.error = error
        condition.unlock()
      }
      condition.lock()
      // A bucket may have become ready since.
      if !pipeline.isBusy || error != nil {
        isAwake = false
        condition.broadcast()
      }
      condition.unlock()
    }
  }
}
