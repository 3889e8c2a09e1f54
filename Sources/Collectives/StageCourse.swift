internal import MPI

/// The way of an all-reduce that goes in stages: in each a rank sends a part of its buffer to another rank,
/// gets one from it, or both, and the next stage starts when all has arrived.
///
///     stage 0        │ stage 1        │ ...
///     0 1 2 3 ──>    │ 0 1 ──>        │           segments of the part that is sent
///       0 1 2 3 <──  │   0 1 <──      │           and of the part that arrives
///
/// Parts travel in segments, of which a few are under way (see ``Segments``); each is added while the next
/// one arrives.
///
/// Where there are more than four ranks, a part of several segments leaves when its receiver calls for it,
/// which it does when it has nearly all of the part before. Pairs do not end a stage together, and a rank
/// whose next partner is early would be sent to by two at once, at half the rate each:
///
///     at once   from 2 ▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓        ▓ half the rate: the late pair gets later still
///               from 1         ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒    and all that wait for it
///     called    from 2 ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
///               from 1               ↑ ▒▒▒▒▒▒▒▒▒▒▒▒    ↑ a message without content
///
/// On 8 hosts at 1 Gbit/s halving sums 4 MiB in 73 ms so, and in 96 ms at once; at 100 Mbit/s with 1 ms in
/// 0.72 and 0.94 s. The wire alone takes 59 ms and 0.59 s. On 4 hosts pairs are hardly ever apart, and a
/// rank that computes is late to call.
final class StageCourse<Element: Summable> {
  /// What happens in a stage.
  struct Exchange {
    var peer: Int
    var sent: UnsafeMutableBufferPointer<Element>?
    var received: UnsafeMutableBufferPointer<Element>?
    /// Whether what arrives is added to `received`, which may be what is sent; if not, it is stored there.
    var isAdded: Bool
  }

  private let communicator: Communicator
  private let stageCount: Int
  /// Elements of a segment.
  private let segment: Int
  /// Most segments in flight in each direction.
  private let depth: Int
  /// Receives, then sends, then the call that is waited for and the one that was sent.
  private var requests: RequestSet
  /// Where a segment arrives that is to be added.
  private var room: Buffer<Element>

  private var buffer: UnsafeMutableBufferPointer<Element>?
  private var stage = 0
  private var exchange: Exchange?
  private var isStarted = false
  /// The segment that is waited for.
  private var message = 0
  /// Whether segments of this stage may leave.
  private var isCalled = false
  /// The last stage whose part this rank has called for.
  private var calledStage = -1

  /// - Parameters:
  ///   - communicator: of the algorithm alone.
  ///   - segmentBytes: see ``Ring``, as for `depth`.
  init(
    on communicator: Communicator, stageCount: Int, segmentBytes: Int? = nil, depth: Int? = nil
  ) {
    let (segmentBytes, depth) = (segmentBytes ?? Segments.byteCount, depth ?? Segments.depth)
    precondition(segmentBytes >= MemoryLayout<Element>.stride && depth >= 1, "empty segments")
    self.communicator = communicator
    self.stageCount = stageCount
    self.depth = depth
    segment = segmentBytes / MemoryLayout<Element>.stride
    requests = RequestSet(capacity: 2 * depth + 2)
    room = Buffer(repeating: Element(), count: depth * segment)
  }

  /// Sets out. The first messages leave with the first call of ``advance(waiting:begin:end:)``.
  func start(_ buffer: UnsafeMutableBufferPointer<Element>) {
    precondition(self.buffer == nil, "a sum is under way")
    self.buffer = buffer
    (stage, isStarted, calledStage) = (0, false, -1)
  }

  /// Goes on as far as messages allow; true at the end.
  ///
  /// - Parameters:
  ///   - begin: what a stage exchanges; nil if this rank sits out.
  ///   - end: deals with what a stage has brought.
  func advance(
    waiting: Bool,
    begin: (Int, UnsafeMutableBufferPointer<Element>) -> Exchange?,
    end: (Int, UnsafeMutableBufferPointer<Element>) -> Void
  ) throws(MPIError) -> Bool {
    guard let buffer else { return true }
    while stage < stageCount {
      if !isStarted {
        exchange = begin(stage, buffer)
        (message, isStarted) = (0, true)
        if let exchange { try open(exchange) }
      }
      if let exchange, try !move(exchange, waiting: waiting, begin: begin) { return false }
      end(stage, buffer)
      (stage, isStarted) = (stage + 1, false)
    }
    try requests.wait(sentCall)
    self.buffer = nil
    return true
  }

  /// Gives up after an error.
  func abandon() {
    requests.abandon()
    buffer = nil
  }

  private func open(_ exchange: Exchange) throws(MPIError) {
    for first in 0..<depth { try startReceive(first, of: exchange) }
    try call(for: exchange, of: stage)
    isCalled = !isCalledFor(exchange.sent, in: stage)
    if isCalled {
      for first in 0..<depth { try startSend(first, of: exchange) }
    } else {
      try communicator.startReceive(
        into: other(0, 0), from: exchange.peer, tag: callTag, in: &requests, at: awaitedCall)
    }
  }

  private func move(
    _ exchange: Exchange, waiting: Bool,
    begin: (Int, UnsafeMutableBufferPointer<Element>) -> Exchange?
  ) throws(MPIError) -> Bool {
    if !isCalled {
      guard try requests.end(awaitedCall, waiting: waiting) else { return false }
      isCalled = true
      for first in 0..<depth { try startSend(first, of: exchange) }
    }
    let longest = max(exchange.sent?.count ?? 0, exchange.received?.count ?? 0)
    while message * segment < longest {
      let slot = message % depth
      // What has left may be added to.
      guard try requests.end(slot, waiting: waiting),
        try requests.end(depth + slot, waiting: waiting)
      else { return false }
      if exchange.isAdded, let target = part(message, of: exchange.received) {
        add(other(slot, target.count), to: target)
      }
      try startReceive(message + depth, of: exchange)
      try startSend(message + depth, of: exchange)
      message += 1
      if let buffer, let received = exchange.received, stage + 1 < stageCount,
        (message + Segments.earliness) * segment >= received.count,
        let next = begin(stage + 1, buffer)
      {
        try call(for: next, of: stage + 1)
      }
    }
    return true
  }

  // MARK: - Calls

  private var awaitedCall: Int { 2 * depth }
  private var sentCall: Int { 2 * depth + 1 }
  private let callTag = 1

  /// Tells the peer that its part may come, once.
  private func call(for exchange: Exchange, of stage: Int) throws(MPIError) {
    guard calledStage < stage, isCalledFor(exchange.received, in: stage) else { return }
    calledStage = stage
    try requests.wait(sentCall)
    try communicator.startSend(
      UnsafeBufferPointer(other(0, 0)), to: exchange.peer, tag: callTag, in: &requests,
      at: sentCall)
  }

  /// Both sides know how long a part is. Halving ends with the pairs with which its next sum begins, so that
  /// the first exchange, in stage 1, meets nobody else.
  private func isCalledFor(
    _ part: UnsafeMutableBufferPointer<Element>?, in stage: Int
  ) -> Bool {
    stage > 1 && communicator.size > 4 && (part?.count ?? 0) > segment
  }

  // MARK: - Segments

  private func startReceive(_ message: Int, of exchange: Exchange) throws(MPIError) {
    guard let target = part(message, of: exchange.received) else { return }
    let slot = message % depth
    try communicator.startReceive(
      into: exchange.isAdded ? other(slot, target.count) : target, from: exchange.peer,
      in: &requests, at: slot)
  }

  private func startSend(_ message: Int, of exchange: Exchange) throws(MPIError) {
    guard let source = part(message, of: exchange.sent) else { return }
    try communicator.startSend(
      UnsafeBufferPointer(source), to: exchange.peer, in: &requests, at: depth + message % depth)
  }

  /// A segment; nil behind the last.
  private func part(
    _ message: Int, of buffer: UnsafeMutableBufferPointer<Element>?
  ) -> UnsafeMutableBufferPointer<Element>? {
    guard let buffer, message * segment < buffer.count else { return nil }
    return buffer.part(message * segment..<min((message + 1) * segment, buffer.count))
  }

  /// The memory lives as long as this object.
  private func other(_ slot: Int, _ count: Int) -> UnsafeMutableBufferPointer<Element> {
    room.withUnsafeMutableBufferPointer { $0.part(slot * segment..<slot * segment + count) }
  }
}
