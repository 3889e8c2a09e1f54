import Engine
import Layers

/// The executors of one thread, one for each size of micro-batch, and where its results go.
final class Worker {
  /// Results of its own; nil if it writes where it is told.
  let results: FloatMemory?
  private var executors: [Int: Executor] = [:]
  private var selected: Executor?
  private var isEmpty = false
  private var error: (any Error)?

  init(results: FloatMemory?) { self.results = results }

  /// Chooses the executor for the next run; false if there is none for `size` yet. Size 0 needs none.
  func select(_ size: Int) -> Bool {
    isEmpty = size == 0
    selected = executors[size]
    return isEmpty || selected != nil
  }

  /// Adds and chooses an executor.
  func add(_ executor: Executor, size: Int) throws {
    executors[size] = executor
    selected = executor
  }

  /// Computes one micro-batch; an error is kept for ``takeError()``.
  func run(
    into slot: FloatMemory, microBatch: Int, weight: Float,
    load: (Int, Executor) throws -> Void
  ) {
    let target = results ?? slot
    guard let executor = selected, !isEmpty else {
      target.base.update(repeating: 0, count: target.count)
      return
    }
    do {
      try executor.bindResults(target.base)
      try load(microBatch, executor)
      if let input = executor.input(TrainingGraph.InputName.sampleWeight) {
        input.storeBytes(of: weight, as: Float.self)
      }
      try executor.run()
    } catch {
      self.error = error
    }
  }

  /// The error of the last run, once.
  func takeError() -> (any Error)? {
    defer { error = nil }
    return error
  }
}
