/// The messages of one all-reduce as one rank sees them, all ranks being alike: what it sends and, at the
/// same time, gets.
package struct MessageCourse: Sendable, Equatable {
  /// A message.
  struct Message: Sendable, Equatable {
    /// Microseconds from rank to rank when there are no bytes.
    var latency: Double
    /// Microseconds on the wire.
    var wire: Double
    /// Those of the part that goes ahead with the request of a long message; nil: it leaves at once.
    var requestWire: Double?
    /// Microseconds of this rank's core to send it.
    var sending: Double
    /// Microseconds of this rank's core when it has arrived.
    var work: Double
    /// Whether it leaves only when all before it have been dealt with.
    var opensStage = false
    /// Whether it waits, moreover, for the call of its receiver.
    var isCalled = false
  }

  /// In their order.
  var messages: [Message] = []
  /// Message n leaves when message n - depth has been dealt with.
  var depth = 1

  /// The whole, when nothing else is done: the last message's end.
  package var microseconds: Double {
    var channel = Channel([self])
    channel.ready = 1
    return channel.finish(from: 0)
  }

  /// Adds a message of `bytes` over `path`.
  ///
  /// - Parameters:
  ///   - crowd: ranks that share the path.
  ///   - addRate: what the core adds to what it has, in gigabytes a second; nil: it only stores.
  ///   - opensStage: see ``Message``, as for `isCalled`.
  mutating func send(
    _ bytes: Double, over path: Network.Path, crowd: Double = 1, addRate: Double?,
    opensStage: Bool = false, isCalled: Bool = false
  ) {
    let isLong = path.eager.map { bytes > Double($0) } ?? false
    messages.append(
      Message(
        latency: path.latency, wire: path.wire(bytes, crowd: crowd),
        requestWire: isLong ? path.wire(Double(path.eager ?? 0), crowd: crowd) : nil,
        sending: path.overhead, work: path.overhead + (addRate.map { bytes / $0 / 1e3 } ?? 0),
        opensStage: opensStage, isCalled: isCalled))
  }

  /// Adds work in shared memory: no wire, only waiting for the others and the core's time.
  mutating func share(latency: Double, work: Double) {
    messages.append(
      Message(
        latency: latency, wire: 0, requestWire: nil, sending: 0, work: work, opensStage: true))
  }
}
