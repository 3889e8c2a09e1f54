import Engine
import Foundation
import Glibc

/// Threads that run the same closure side by side, again and again.
///
/// The caller is worker 0; the others sleep between calls. Allocates nothing in a call.
package final class WorkerTeam: @unchecked Sendable {
  // Sendable: all mutable state is guarded by `condition`.
  package let count: Int
  private let condition = NSCondition()
  private var generation = 0
  private var running = 0
  private var isEnding = false
  private var job: ((Int) -> Void)?

  package init(count: Int) {
    self.count = count
    for worker in 1..<max(1, count) {
      let thread = Thread { [self] in
        KernelThreads.useOne()
        work(as: worker)
      }
      thread.name = "worker \(worker)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  /// Runs `body(worker)` once on each worker and returns when all have ended.
  package func run(_ body: (Int) -> Void) {
    guard count > 1 else { return body(0) }
    withoutActuallyEscaping(body) { body in
      condition.lock()
      job = body
      generation += 1
      running = count - 1
      condition.broadcast()
      condition.unlock()
      body(0)
      condition.lock()
      while running > 0 { condition.wait() }
      job = nil
      condition.unlock()
    }
  }

  /// Lets another thread have the processor, if one wants it.
  package static func yield() { sched_yield() }

  /// Ends the threads; no call may follow.
  package func end() {
    condition.lock()
    isEnding = true
    condition.broadcast()
    condition.unlock()
  }

  private func work(as worker: Int) {
    var seen = 0
    while true {
      condition.lock()
      while generation == seen && !isEnding { condition.wait() }
      if isEnding {
        condition.unlock()
        return
      }
      seen = generation
      var body = job
      condition.unlock()
      body?(worker)
      // The closure must not outlive the call: let go before saying that it has ended.
      body = nil
      condition.lock()
      running -= 1
      if running == 0 { condition.broadcast() }
      condition.unlock()
    }
  }
}
