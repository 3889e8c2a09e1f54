public import MPI

/// The ring all-reduce: reduce-scatter, then all-gather, each rank talking to its two neighbours
/// only.
///
/// With P ranks the buffer is cut into P slices. In step t, rank r sends slice r - t to rank r + 1
/// and receives slice r - t - 1 from rank r - 1 (all mod P). In the first P - 1 steps it adds what
/// arrives to its own; then rank r holds the sum of slice r + 1. In the other P - 1 steps the sums
/// go around once more and are stored.
///
///     P = 3      slice 0   slice 1   slice 2
///     rank 0     a0 >      a1        a2         step 0: > goes to the next rank, rank 2's to rank 0
///     rank 1     b0        b1 >      b2
///     rank 2     c0        c1        c2 >
///
///     rank 0     a0        a1        ca2 >      step 1
///     rank 1     ab0 >     b1        b2
///     rank 2     c0        bc1 >     c2
///
///     rank 0     a0        bca1 >    ca2        step 2: each rank holds one sum
///     rank 1     ab0       b1        cab2 >
///     rank 2     abc0 >    bc1       c2
///
///     rank 0     abc0 >    bca1      ca2        step 3; after it, every rank holds all sums
///     rank 1     ab0       bca1 >    cab2
///     rank 2     abc0      bc1       cab2 >
///
/// Each rank sends and receives 2 (P - 1) / P x N bytes, the least possible, in 2 (P - 1) steps of
/// latency, and every link carries the same. Slice s is added up in the order of ranks s, s + 1, …
/// mod P: fixed for one number of ranks.
///
/// Slices travel in segments, so that a rank adds one while the next arrives and the one before
/// leaves.
///
/// Source: Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for clusters of
/// workstations", JPDC 69 (2009).
public final class Ring<Element: Summable>: AllReduceAlgorithm, ScatteringReduction {
  /// `ring`.
  public static var name: String { "ring" }

  /// The ranks that take part: a duplicate of those given.
  public let communicator: Communicator

  /// Elements of a segment.
  private let segment: Int
  /// Most messages in flight in each direction.
  private let depth: Int
  private var scratch: Buffer<Element>
  private var receives: RequestSet
  private var sends: RequestSet

  /// Whether the next sum goes around once only; see ``ScatteringReduction``.
  public var isScattering = false

  /// The sum that is under way.
  private struct Flight {
    let buffer: UnsafeMutableBufferPointer<Element>
    let factor: Element.Accumulator
    let course: RingCourse
    let depth: Int
    let messageCount: Int
  }
  private var flight: Flight?
  /// The message that is waited for, and whether what arrived has been added or stored.
  private var message = 0
  private var isDealtWith = false

  /// Makes the algorithm and its scratch memory: `depth` segments. Collective.
  ///
  /// - Parameters:
  ///   - segmentBytes: the length of a message; nil for that of `Segments`.
  ///   - depth: how many messages are in flight in each direction; nil likewise.
  public init(
    on communicator: Communicator, segmentBytes: Int? = nil, depth: Int? = nil
  ) throws(MPIError) {
    let (segmentBytes, depth) = (segmentBytes ?? Segments.byteCount, depth ?? Segments.depth)
    precondition(segmentBytes >= MemoryLayout<Element>.stride && depth >= 1, "an empty ring")
    self.communicator = try communicator.duplicate()
    self.depth = depth
    segment = segmentBytes / MemoryLayout<Element>.stride
    scratch = Buffer(repeating: Element(), count: depth * segment)
    receives = RequestSet(capacity: depth)
    sends = RequestSet(capacity: depth)
  }

  /// Starts to replace each rank's elements by `factor` times the sum over all ranks.
  public func start(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    precondition(flight == nil, "a ring goes around once at a time")
    guard communicator.size > 1 else { return scale(buffer, by: factor) }
    let stride = MemoryLayout<Element>.stride
    let slice = (buffer.count + communicator.size - 1) / communicator.size * stride
    let course = RingCourse(
      rank: communicator.rank,
      partition: Partition(
        count: buffer.count, size: communicator.size,
        segment: min(segment, (Segments.byteCount(ofSlice: slice) + stride - 1) / stride)))
    // Note [Ring window]: message n leaves when message n - depth has left, and its room for
    // arrival is made when message n - depth has been dealt with. With no more messages in flight
    // than a step has, message n goes on what arrived at least `depth` messages ago, and a sum
    // never arrives where the part that went into it still leaves.
    let depth = min(depth, course.messagesPerStep)
    for message in 0..<depth {
      try startReceive(message, slot: message, course, buffer)
      try startSend(message, slot: message, course, buffer)
    }
    // In the first half each rank completes one slice.
    flight = Flight(
      buffer: buffer, factor: factor, course: course, depth: depth,
      messageCount: course.messageCount / (isScattering ? 2 : 1))
    (message, isDealtWith) = (0, false)
  }

  /// Moves the sum on; see ``StartedReduction``.
  public func advance(waiting: Bool) throws(MPIError) -> Bool {
    guard let flight else { return true }
    let (course, buffer) = (flight.course, flight.buffer)
    while message < flight.messageCount {
      let slot = message % flight.depth
      if !isDealtWith {
        guard try receives.end(slot, waiting: waiting) else { return false }
        if course.isAdded(message) {
          let target = buffer.part(course.received(message))
          add(slot, to: target)
          if course.isLastToAdd(message) { scale(target, by: flight.factor) }
        }
        isDealtWith = true
      }
      guard try sends.end(slot, waiting: waiting) else { return false }
      if message + flight.depth < flight.messageCount {
        try startSend(message + flight.depth, slot: slot, course, buffer)
        try startReceive(message + flight.depth, slot: slot, course, buffer)
      }
      (message, isDealtWith) = (message + 1, false)
    }
    self.flight = nil
    return true
  }

  /// The slice that a rank completes.
  public func slice(of rank: Int, count: Int) -> Range<Int> {
    Partition(count: count, size: communicator.size, segment: segment)
      .slice((rank + 1) % communicator.size)
  }

  /// Gives up after an error.
  public func abandon() {
    receives.abandon()
    sends.abandon()
    flight = nil
  }

  /// Sums that are still to be completed arrive in scratch memory, complete ones in their place.
  /// Empty messages are not sent.
  private func startReceive(
    _ message: Int, slot: Int, _ course: RingCourse,
    _ buffer: UnsafeMutableBufferPointer<Element>
  ) throws(MPIError) {
    let range = course.received(message)
    guard !range.isEmpty else { return }
    let target = course.isAdded(message) ? room(slot, range.count) : buffer.part(range)
    try communicator.startReceive(into: target, from: course.previous, in: &receives, at: slot)
  }

  private func startSend(
    _ message: Int, slot: Int, _ course: RingCourse,
    _ buffer: UnsafeMutableBufferPointer<Element>
  ) throws(MPIError) {
    let range = course.sent(message)
    guard !range.isEmpty else { return }
    try communicator.startSend(
      UnsafeBufferPointer(buffer.part(range)), to: course.next, in: &sends, at: slot)
  }

  private func add(_ slot: Int, to target: UnsafeMutableBufferPointer<Element>) {
    guard let base = target.baseAddress, let source = room(slot, target.count).baseAddress else {
      return
    }
    Element.add(source, to: base, count: target.count)
  }

  /// The scratch memory of a slot. It lives as long as this object, and nobody else touches it.
  private func room(_ slot: Int, _ count: Int) -> UnsafeMutableBufferPointer<Element> {
    scratch.withUnsafeMutableBufferPointer { $0.part(slot * segment..<slot * segment + count) }
  }
}

/// Which part of the buffer each of a rank's messages carries, for `Ring`.
struct RingCourse {
  let rank: Int
  let partition: Partition

  private var size: Int { partition.size }
  var next: Int { (rank + 1) % size }
  var previous: Int { (rank + size - 1) % size }
  var messagesPerStep: Int { partition.segmentCount }
  /// Messages of all steps, in each direction.
  var messageCount: Int { 2 * (size - 1) * messagesPerStep }

  /// Whether what arrives is added to this rank's own; if not, it is stored.
  func isAdded(_ message: Int) -> Bool { step(message) < size - 1 }
  /// Whether what arrives completes a sum.
  func isLastToAdd(_ message: Int) -> Bool { step(message) == size - 2 }

  func sent(_ message: Int) -> Range<Int> { range(of: rank - step(message), message) }
  func received(_ message: Int) -> Range<Int> { range(of: rank - step(message) - 1, message) }

  private func step(_ message: Int) -> Int { message / messagesPerStep }
  private func range(of slice: Int, _ message: Int) -> Range<Int> {
    // Slices count down from the rank by less than two rounds.
    partition.range(slice: (slice + 2 * size) % size, segment: message % messagesPerStep)
  }
}
