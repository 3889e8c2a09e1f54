import Engine
import Foundation

/// A piece of work on a thread of its own, whose result is fetched later.
final class BackgroundWork<Result: Sendable>: @unchecked Sendable {
  // Sendable: `result` is guarded by `condition`.
  private let condition = NSCondition()
  private var result: Result?

  /// Starts `body` at once. Kernels called from it run on its thread alone.
  init(name: String, _ body: @escaping @Sendable () -> Result) {
    let thread = Thread { [self] in
      KernelThreads.useOne()
      let value = body()
      condition.lock()
      result = value
      condition.broadcast()
      condition.unlock()
    }
    thread.name = name
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// The result, or nil while the work is going on. Does not block.
  var finished: Result? {
    condition.lock()
    defer { condition.unlock() }
    return result
  }

  /// Blocks until the work has ended, and returns its result.
  func wait() -> Result {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result { return result }
      condition.wait()
    }
  }
}
