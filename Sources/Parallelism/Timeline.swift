public import Collectives
import Engine
public import MPI

/// What happened when on one rank, for `--trace`: ops, buckets, waits, input, checkpoints.
///
/// Events are kept in memory that is allocated beforehand; when it is full, later ones are dropped.
/// Each lane belongs to one thread at a time.
public final class Timeline {
  /// What took its time.
  enum Event {
    case op(step: Int, of: Plan)
    case load(microBatch: Int)
    case bucket(Int)
    case wait(Int)
    case update
    case exchange
    case named(StaticString)
  }

  /// Events of one thread.
  final class Lane {
    fileprivate var events: [(event: Event, start: Double, end: Double)] = []
    private let capacity: Int

    fileprivate init(capacity: Int) {
      self.capacity = capacity
      events.reserveCapacity(capacity)
    }

    /// The time, in seconds since some moment.
    var now: Double { wallClock() }

    /// Notes what began at `start` and ends now.
    func note(_ event: Event, from start: Double) {
      guard events.count < capacity else { return }
      events.append((event, start, wallClock()))
    }
  }

  private let lanes: [Lane]
  private let network: Lane
  private let origin: Double
  private var bucketStart = 0.0
  private var waitStart: (bucket: Int, time: Double) = (0, 0)

  /// - Parameters:
  ///   - threads: lanes for as many threads.
  ///   - capacity: events of a lane.
  ///   - origin: the time that counts as zero; ranks agree on it by a barrier.
  public init(threads: Int, capacity: Int = 1 << 17, origin: Double = wallClock()) {
    self.origin = origin
    lanes = (0..<threads).map { _ in Lane(capacity: capacity) }
    network = Lane(capacity: capacity)
  }

  func lane(_ thread: Int) -> Lane { lanes[thread] }

  /// Runs `body` and notes it under `name` on the first thread.
  public func noting<R>(_ name: StaticString, _ body: () throws -> R) rethrows -> R {
    let start = wallClock()
    defer { lanes[0].note(.named(name), from: start) }
    return try body()
  }
}

extension Timeline: BucketObserver {
  /// Keeps the time.
  public func bucketStarted(_ bucket: Int) { bucketStart = wallClock() }

  /// Notes the bucket.
  public func bucketEnded(_ bucket: Int) { network.note(.bucket(bucket), from: bucketStart) }

  /// Keeps the time.
  public func waitStarted(for bucket: Int) { waitStart = (bucket, wallClock()) }

  /// Notes the wait.
  public func waitEnded() { lanes[0].note(.wait(waitStart.bucket), from: waitStart.time) }
}

// MARK: - The file

extension Timeline {
  /// The events as a JSON array's elements in Chrome's trace format, one a line: a process is a rank,
  /// a thread is a thread of it, and the last thread shows the buckets.
  public func chromeEvents(rank: Int, host: String) -> [String] {
    var lines = [metadata("process_name", rank, 0, "rank \(rank) on \(host)")]
    for (number, lane) in (lanes + [network]).enumerated() {
      let name = number == lanes.count ? "sums over ranks" : "thread \(number)"
      lines.append(metadata("thread_name", rank, number, name))
      for (event, start, end) in lane.events {
        let (name, category) = event.title
        lines.append(
          "{\"name\":\"\(name)\",\"cat\":\"\(category)\",\"ph\":\"X\",\"pid\":\(rank),\"tid\":\(number),\"ts\":\(microseconds(start - origin)),\"dur\":\(microseconds(end - start))}"
        )
      }
    }
    return lines
  }

  private func metadata(_ kind: String, _ rank: Int, _ thread: Int, _ name: String) -> String {
    "{\"name\":\"\(kind)\",\"ph\":\"M\",\"pid\":\(rank),\"tid\":\(thread),\"args\":{\"name\":\"\(name)\"}}"
  }

  /// With three decimals, exactly.
  private func microseconds(_ seconds: Double) -> String {
    let nanoseconds = Int((max(0, seconds) * 1e9).rounded())
    let rest = String(nanoseconds % 1000)
    return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }
}

extension Timeline.Event {
  /// The name and the category of the event.
  fileprivate var title: (name: String, category: String) {
    switch self {
    case .op(let step, let plan):
      let names = plan.stepNames[step]
      return (names.scope.isEmpty ? names.op : "\(names.scope) \(names.op)", "op")
    case .load(let microBatch): return ("input of micro-batch \(microBatch)", "input")
    case .bucket(let bucket): return ("bucket \(bucket)", "bucket")
    case .wait(let bucket): return ("wait for bucket \(bucket)", "wait")
    case .update: return ("update", "update")
    case .exchange: return ("wait for others' parameters", "wait")
    case .named(let name): return ("\(name)", "job")
    }
  }
}
