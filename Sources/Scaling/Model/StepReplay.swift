public import Collectives
public import Parallelism

/// A training step as it should go: the ops in their order, each bucket's sum as soon as it is ready and
/// the one before is done, the wait for what is left, the update.
///
///     core    op 0 op 1 op 2 op 3 │ wait │ update
///     wire              ▒▒ ▒▒▒▒▒▒▒▒▒▒▒▒▒▒
///                       0  1      2
public struct StepReplay: Sendable, Equatable {
  /// How ranks work together.
  public struct Settings: Sendable, Equatable {
    /// The all-reduce.
    public var algorithm: AllReduceChoice
    /// The length from which a bucket is full, in bytes.
    public var bucketBytes: Int
    /// The same for the first bucket of gradients.
    public var firstBucketBytes: Int
    /// What travels of a gradient.
    public var compression: GradientCompression
    /// Whether a core of its own moves sums on.
    public var hasProgressThread: Bool
    /// Whether sums go on during the backward pass; else everything is one sum, after it, for which the
    /// rank waits.
    public var overlaps: Bool
    /// Whether ranks of one node, if the job has no more, update a share of the parameters each.
    public var sharesUpdate: Bool

    /// The defaults of a job file.
    public init(
      algorithm: AllReduceChoice = .auto, bucketBytes: Int = 25_000_000,
      firstBucketBytes: Int = 1 << 20, compression: GradientCompression = .none,
      hasProgressThread: Bool = false, overlaps: Bool = true,
      sharesUpdate: Bool = false
    ) {
      self.algorithm = algorithm
      self.bucketBytes = bucketBytes
      self.firstBucketBytes = firstBucketBytes
      self.compression = compression
      self.hasProgressThread = hasProgressThread
      self.overlaps = overlaps
      self.sharesUpdate = sharesUpdate
    }
  }

  /// Microseconds of the ops, with what the core did for messages between them taken out.
  public var compute: Double
  /// For which the rank has nothing to do but wait for sums, or work on them.
  public var exposed: Double
  /// For which sums were under way while the rank computed.
  public var hidden: Double
  /// For which the rank waits for the slowest of all.
  public var stragglers: Double
  /// For which the rank waits for samples.
  public var input: Double
  /// The update of parameters.
  public var update: Double
  /// For which the wire was busy.
  public var wire: Double
  /// What latency alone would cost if no message had bytes: the part of ``wire`` and ``exposed`` that a
  /// faster link cannot shorten.
  public var latency: Double

  /// Microseconds of a step.
  public var step: Double { compute + exposed + stragglers + input + update }

  /// Replays a step; nil if the all-reduce cannot run on these ranks.
  public init?(
    _ profile: StepProfile, ranks: Int, on network: Network, settings: Settings = Settings()
  ) {
    precondition(ranks >= 1, "a step of \(ranks) ranks")
    let topology = Topology(ranks: ranks, network: network)
    let buckets = Self.buckets(profile, settings)
    var courses: [MessageCourse] = []
    for (index, bucket) in buckets.enumerated() {
      guard
        let course = Self.course(
          bucket.count, isGradient: index > 0 || !settings.overlaps, settings, on: topology,
          addRate: profile.addRate)
      else { return nil }
      courses.append(course)
    }
    compute = profile.computeMicroseconds
    let sharers =
      settings.sharesUpdate && topology.nodes == 1
        && [.auto, .window].contains(settings.algorithm) ? ranks : 1
    update = profile.updateMicroseconds / Double(sharers)
    stragglers =
      profile.jitterMicroseconds * OrderStatistics.expectedMaximum(of: ranks)
    latency = courses.reduce(0) { sum, course in
      sum + course.messages.reduce(0) { $0 + $1.latency } / Double(course.depth)
    }

    var channel = Channel(courses)
    let time = Self.run(
      profile.opMicroseconds, buckets.map(\.readyAfter), settings, &channel)
    let end = ranks > 1 ? channel.finish(from: time) : time
    exposed = end - compute
    let sums = channel.spans.reduce(0) { $0 + $1.end - $1.start }
    hidden = max(0, sums - max(0, end - time))
    wire = channel.busy
    let samples = profile.inputRate.map { Double(profile.samples) / $0 * 1e6 } ?? 0
    input = max(0, samples - compute - exposed - stragglers - update)
  }

  /// The ops, with a look at the network after each once something is ready. Returns when the last has
  /// ended; all buckets are ready then.
  private static func run(
    _ ops: [Double], _ readyAfter: [Int], _ settings: Settings, _ channel: inout Channel
  ) -> Double {
    var (time, progress) = (0.0, 0.0)
    for (index, op) in ops.enumerated() {
      time += op
      // The last bucket is handed over behind the last op only.
      let ready = readyAfter.dropLast().prefix { $0 <= index + 1 }.count
      if settings.hasProgressThread {
        progress = channel.attend(from: progress, until: time)
        channel.ready = max(channel.ready, ready)
        if channel.isIdle { progress = max(progress, time) }
      } else {
        channel.ready = max(channel.ready, ready)
        time = channel.look(at: time)
      }
    }
    if settings.hasProgressThread { progress = channel.attend(from: progress, until: time) }
    channel.ready = readyAfter.count
    return max(time, settings.hasProgressThread ? progress : time)
  }

  /// What travels: buckets, or everything at once at the end.
  static func buckets(_ profile: StepProfile, _ settings: Settings) -> [StepProfile.Bucket] {
    guard settings.overlaps else {
      return [
        .init(
          count: profile.gradientCount + profile.extraCount,
          readyAfter: profile.opMicroseconds.count)
      ]
    }
    return profile.buckets(bytes: settings.bucketBytes, firstBytes: settings.firstBucketBytes)
  }

  /// The sum of a bucket. What is no gradient is not compressed.
  private static func course(
    _ count: Int, isGradient: Bool, _ settings: Settings, on topology: Topology, addRate: Double
  ) -> MessageCourse? {
    let whole = Double(4 * count)
    let compression = isGradient ? settings.compression : .none
    guard compression != .none, topology.ranks > 1 else {
      return MessageCourse(settings.algorithm, bytes: whole, on: topology, addRate: addRate)
    }
    let code = Double(compression.byteCount(count))
    // The code is made in two passes over gradient and rest, and undone in one.
    let coding = 3 * whole / addRate / 1e3
    var course: MessageCourse?
    switch compression {
    case .sign:
      course = .gathering(code, decoded: whole, on: topology, addRate: addRate)
    case .topK:
      course = .gathering(code, decoded: code, on: topology, addRate: addRate)
    case .none, .bf16, .fp16, .randomK, .powerSGD:
      course = MessageCourse(settings.algorithm, bytes: code, on: topology, addRate: addRate)
    }
    course?.messages[0].sending += coding
    return course
  }
}
