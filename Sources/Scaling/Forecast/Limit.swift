import Parallelism

/// What keeps a number of ranks from being faster, in words.
struct Limit {
  let text: String

  init(_ replay: StepReplay, _ own: StepProfile, alone: StepProfile, ranks: Int) {
    guard ranks > 1 else {
      text = replay.input > 0.02 * replay.step ? "input" : "compute"
      return
    }
    // With fewer samples a rank computes less efficiently, and the update stays.
    let share = Double(own.samples) / Double(alone.samples)
    let small = max(0, replay.compute + replay.update - alone.stepMicroseconds * share)
    let losses = [
      (replay.exposed, Self.network(replay)),
      (replay.stragglers, "the slowest rank (jitter)"),
      (replay.input, "input"),
      (small, "too few samples a rank: fixed costs of ops and update"),
    ]
    guard let worst = losses.max(by: { $0.0 < $1.0 }), worst.0 > 0.02 * replay.step else {
      text = "compute"
      return
    }
    text = worst.1
  }

  /// Bytes or messages: which part of the wait a faster link would not shorten.
  private static func network(_ replay: StepReplay) -> String {
    if replay.wire < 0.1 * replay.exposed, replay.latency < 0.1 * replay.exposed {
      return "work of the core on sums over ranks"
    }
    return replay.latency > replay.wire
      ? "latency: many small messages of the sums over ranks"
      : "bandwidth: bytes of the sums over ranks"
  }
}
