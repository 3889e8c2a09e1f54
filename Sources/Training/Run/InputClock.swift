/// How long workers wait for samples and convert them.
final class InputClock: @unchecked Sendable {
  // Sendable: each worker has a place of its own, which is read between steps.
  private let seconds: UnsafeMutableBufferPointer<Double>

  init(workers: Int) {
    seconds = .allocate(capacity: max(1, workers))
    seconds.initialize(repeating: 0)
  }

  deinit { seconds.deallocate() }

  /// Runs `body` and counts its time.
  func time(_ worker: Int, _ body: () throws -> Void) rethrows {
    let start = ContinuousClock.now
    try body()
    seconds[worker] += (ContinuousClock.now - start) / .seconds(1)
  }

  /// The time since the last call, the mean over workers.
  func take() -> Double {
    defer { seconds.update(repeating: 0) }
    return seconds.reduce(0, +) / Double(seconds.count)
  }
}
