import Randomness

/// Training without rounds that wait for each other: clients start and end when they do, and the server
/// makes a step whenever so many updates have come (FedBuff, Nguyen et al. 2022).
public struct Asynchrony: Hashable, Sendable {
  /// Clients that train at any time.
  public var concurrency: Int
  /// Updates of a step.
  public var buffer: Int

  /// So many clients at a time, so many updates a step.
  public init(concurrency: Int, buffer: Int) {
    (self.concurrency, self.buffer) = (concurrency, buffer)
  }

  /// What an update counts that is based on a model `staleness` steps old: 1 / sqrt(1 + staleness).
  static func weight(staleness: Int) -> Float { 1 / Float(1 + staleness).squareRoot() }
}

// Note [The virtual clock]
//
// When clients end decides what the model becomes, so it must not depend on the machine. A client's
// time is its samples over its speed, drawn by seed, client and start; so the whole order of events is
// known before anything is trained:
//
//     client 4   ├──── from version 0 ────┤├── from version 1 ...
//     client 9   ├── from version 0 ──┤├────── from version 0 ──────┤
//                                     1st  2nd: buffer of 2 is full, version 1
//
// What ends at one time ends before anything starts at that time. The updates of a step can then be
// computed side by side, by any rank: each from the version it started with, which is kept until then.

/// Which client ends when, and what it started from: replayed from the beginning.
struct VirtualClock {
  /// A client's training.
  struct Run: Hashable {
    let client: Int
    /// The version that it starts from.
    let version: Int
    /// When it ends, in samples of a client of normal speed.
    let end: Double
    fileprivate let number: Int
  }

  private let asynchrony: Asynchrony
  private let availability: Availability
  private let sizes: [Int]
  private let seed: UInt64
  private var running: [Run] = []
  private var ended: [Run] = []
  private var starts = 0
  private var now = 0.0
  /// Steps of the server so far.
  private(set) var version = 0

  init(_ asynchrony: Asynchrony, _ availability: Availability, sizes: [Int], seed: UInt64) {
    (self.asynchrony, self.availability) = (asynchrony, availability)
    (self.sizes, self.seed) = (sizes, seed)
    start()
  }

  /// Versions that somebody trains from.
  var versionsInUse: Set<Int> { Set((running + ended).map(\.version)) }

  /// The runs whose updates make the next step, in the order in which they ended.
  mutating func nextStep() -> [Run] {
    while ended.count < asynchrony.buffer, let next = running.map(\.end).min() {
      now = next
      let done = running.filter { $0.end == next }.sorted { $0.number < $1.number }
      running.removeAll { $0.end == next }
      ended += done
      // A full buffer makes its step before anybody starts anew.
      if ended.count < asynchrony.buffer { start() }
    }
    let step = Array(ended.prefix(asynchrony.buffer))
    ended.removeFirst(step.count)
    version += 1
    start()
    return step
  }

  /// Fills up the number of running clients with idle ones.
  private mutating func start() {
    let busy = Set(running.map(\.client))
    let wanted = min(asynchrony.concurrency, sizes.count) - running.count
    guard wanted > 0 else { return }
    var random = CounterRandom(seed: seed, purpose: .cohort, sample: UInt64(starts) + 1)
    for client in random.shuffled(sizes.indices.filter { !busy.contains($0) }).prefix(wanted) {
      let time = availability.duration(
        of: client, samples: max(1, sizes[client]), round: starts, seed: seed)
      running.append(Run(client: client, version: version, end: now + time, number: starts))
      starts += 1
    }
  }
}
