import Foundation

// Note [Reading ahead]
//
//     steps of this rank   | 7 (now) | 8 | 9 | 10 | 11 | ...  and on into the next epoch
//     chunks they need     |  a b    | b c | c d e | ...
//                            `-- at most half of those that fit into memory --'
//
// The thread walks the order ahead of the training and loads what it meets. What lies in that window
// was met later than anything else, so the store, which gives away what was used longest ago, gives
// away nothing that is still to come. A chunk counts at the last step of the window that needs it.
// Errors are left alone: the training meets them itself when it comes to the chunk.

/// A thread that loads the chunks which the coming steps need.
final class ReadAhead: @unchecked Sendable {
  // Sendable: the plan and the window are guarded by `gate`.
  private let store: any ChunkStore
  private let chunks: ShardChunks
  private let gate = Gate()
  private var plan: (schedule: BatchSchedule, step: Int, microBatches: Range<Int>)?
  /// Counts announcements of schedules, so that the thread sees that there is a new one.
  private var generation = 0
  private var isEnding = false
  private var isRunning = false
  /// Chunks of the window, and of each of its steps, by step modulo its length.
  private var ahead = 0
  private var counts = [Int](repeating: 0, count: 4096)
  private var isAsleep = false

  init(_ store: any ChunkStore, _ chunks: ShardChunks) {
    (self.store, self.chunks) = (store, chunks)
  }

  /// Says that step `step` of a schedule comes now, of which this process reads `microBatches`.
  func announce(_ schedule: BatchSchedule, step: Int, microBatches: Range<Int>) {
    guard !store.isWhole else { return }
    gate.lock()
    defer { gate.unlock() }
    if let plan, plan.schedule.isSame(as: schedule), plan.microBatches == microBatches,
      step >= plan.step
    {
      self.plan?.step = step
    } else if let plan, plan.schedule.isFollowed(by: schedule), plan.microBatches == microBatches {
      self.plan = (schedule, step, microBatches)
    } else {
      plan = (schedule, step, microBatches)
      generation += 1
    }
    if !isRunning { start() } else if isAsleep { gate.wakeAll() }
  }

  /// Ends the thread after the chunk that it is loading.
  func end() {
    gate.lock()
    isEnding = true
    gate.wakeAll()
    gate.unlock()
  }

  private func start() {
    isRunning = true
    let thread = Thread { [self] in run() }
    thread.name = "read-ahead"
    thread.start()
  }

  private func run() {
    /// Which step of the walk needed each chunk last, counted over epochs.
    var lastNeeded = [Int32](repeating: -1, count: chunks.count)
    while true {
      gate.lock()
      let current = generation
      guard let start = plan, !isEnding, !store.isWhole else { return gate.unlock() }
      gate.unlock()
      for index in lastNeeded.indices { lastNeeded[index] = -1 }
      walk(from: start, generation: current, &lastNeeded)
    }
  }

  /// Walks until there is another plan, or an end.
  private func walk(
    from start: (schedule: BatchSchedule, step: Int, microBatches: Range<Int>),
    generation current: Int, _ lastNeeded: inout [Int32]
  ) {
    var schedule = start.schedule
    // Steps are counted on over epochs; the first of the current schedule is number `origin`.
    var origin = 0
    var step = start.step
    var done = start.step
    ahead = 0
    for index in counts.indices { counts[index] = 0 }
    while true {
      gate.lock()
      while true {
        guard !isEnding, generation == current, let plan else { return gate.unlock() }
        // Where the training is, in steps of the walk.
        let epochs = plan.schedule.epoch - start.schedule.epoch
        let now = epochs * start.schedule.stepCount + plan.step
        while done < now {
          ahead -= counts[done % counts.count]
          counts[done % counts.count] = 0
          done += 1
        }
        if origin + step < now {
          (origin, step, schedule) = (now - plan.step, plan.step, plan.schedule)
        }
        guard ahead >= max(1, store.capacity / 2) || origin + step - now >= counts.count - 1 else {
          break
        }
        isAsleep = true
        gate.wait()
        isAsleep = false
      }
      gate.unlock()
      if step == schedule.stepCount {
        origin += schedule.stepCount
        (step, schedule) = (0, schedule.following)
        guard schedule.stepCount > 0 else { return end() }
        continue
      }
      let number = origin + step
      schedule.order.forEach(
        at: schedule.positions(step: step, microBatches: start.microBatches)
      ) { sample in
        let (shard, row) = chunks.locate(sample)
        let chunk = chunks.chunk(of: row, in: shard)
        let last = Int(lastNeeded[chunk])
        guard last != number else { return }
        if last >= done { counts[last % counts.count] -= 1 } else { ahead += 1 }
        counts[number % counts.count] += 1
        lastNeeded[chunk] = Int32(truncatingIfNeeded: number)
        try? store.load(chunk: chunk)
      }
      step += 1
      if store.isWhole { return }
    }
  }
}
