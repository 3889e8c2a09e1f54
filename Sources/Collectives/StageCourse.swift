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
  /// Receives, then sends.
  private var requests: RequestSet
  /// Where a segment arrives that is to be added.
  private var room: Buffer<Element>

  private var buffer: UnsafeMutableBufferPointer<Element>?
  private var stage = 0
  private var exchange: Exchange?
  private var isStarted = false
  /// The segment that is waited for.
  private var message = 0

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
    requests = RequestSet(capacity: 2 * depth)
    room = Buffer(repeating: Element(), count: depth * segment)
  }

  /// Sets out. The first messages leave with the first call of ``advance(waiting:begin:end:)``.
  func start(_ buffer: UnsafeMutableBufferPointer<Element>) {
    precondition(self.buffer == nil, "a sum is under way")
    self.buffer = buffer
    (stage, isStarted) = (0, false)
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
        if let exchange { for first in 0..<depth { try start(first, of: exchange) } }
      }
      if let exchange, try !move(exchange, waiting: waiting) { return false }
      end(stage, buffer)
      (stage, isStarted) = (stage + 1, false)
    }
    self.buffer = nil
    return true
  }

  /// Gives up after an error.
  func abandon() {
    requests.abandon()
    buffer = nil
  }

  private func move(_ exchange: Exchange, waiting: Bool) throws(MPIError) -> Bool {
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
      try start(message + depth, of: exchange)
      message += 1
    }
    return true
  }

  private func start(_ message: Int, of exchange: Exchange) throws(MPIError) {
    let slot = message % depth
    if let target = part(message, of: exchange.received) {
      try communicator.startReceive(
        into: exchange.isAdded ? other(slot, target.count) : target, from: exchange.peer,
        in: &requests, at: slot)
    }
    if let source = part(message, of: exchange.sent) {
      try communicator.startSend(
        UnsafeBufferPointer(source), to: exchange.peer, in: &requests, at: depth + slot)
    }
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
