import Collectives

/// One rank's end of the network: its sums over ranks, one after the other, and their messages as discrete
/// events.
///
/// All ranks are alike, so that what this one sends is what it gets: message n arrives when the wire has
/// carried it and all before it, and its latency has passed. It is noticed when the rank looks. A long
/// message takes three looks: its request, the answer to it, and the rest.
///
///     look     look      look           look
///      │ request │ answer  │ the rest      │ add, send the next
///
/// So does a stage whose receiver calls for it: its call leaves when nearly all of the stage before has been
/// dealt with, and is noticed by a look. While a rank waits that is soon enough; between two ops it is one
/// look more:
///
///     look           look      look
///      │ the last of  │ called, │ the first of the next stage
///      │ a stage      │ send    │
package struct Channel {
  private struct Flight {
    var message: Int
    /// 0: the request is on its way, 1: the answer, 2: the message.
    var phase: Int
    var due: Double
  }

  /// The sums that may start.
  package var ready = 0
  /// When each sum started and ended.
  package private(set) var spans: [(start: Double, end: Double)] = []
  /// Microseconds for which the wire was busy.
  private(set) var busy = 0.0

  private let courses: [MessageCourse]
  private var isStarted = false
  private var flights: [Flight] = []
  private var next = 0
  private var wireFree = 0.0
  /// When the call for the next stage arrives; nil: it has not been sent.
  private var callDue: Double?

  package init(_ courses: [MessageCourse]) { self.courses = courses }

  /// Whether no sum is under way.
  var isIdle: Bool { !isStarted }

  /// Looks at `time`: deals with all that has arrived. Returns the time at which the core is done.
  package mutating func look(at time: Double) -> Double {
    advance(from: time, until: time, waits: false)
  }

  /// Looks all the time until `end`, on a core of its own which was free at `time`. Returns when it is
  /// free again, which may be later than `end`.
  mutating func attend(from time: Double, until end: Double) -> Double {
    advance(from: time, until: end, waits: true)
  }

  /// Waits for all sums that are ready; returns when they have ended.
  mutating func finish(from time: Double) -> Double {
    advance(from: time, until: .infinity, waits: true)
  }

  private mutating func advance(from start: Double, until end: Double, waits: Bool) -> Double {
    var time = start
    while spans.count < ready {
      let course = courses[spans.count]
      if !isStarted {
        isStarted = true
        startTime = time
        next = 0
        sendAllThatMayLeave(course, &time)
      }
      while next < course.messages.count || !flights.isEmpty {
        guard let first = flights.first else {
          // The next stage has not been called for yet.
          let due = callDue ?? time
          guard due <= time || waits && due <= end else { return time }
          time = max(time, due)
          sendAllThatMayLeave(course, &time)
          continue
        }
        answer(course, at: time)
        if flights[0].phase == 2, flights[0].due <= time {
          flights.removeFirst()
          time += course.messages[first.message].work
          call(course, at: time)
          sendAllThatMayLeave(course, &time)
          continue
        }
        guard waits else { return time }
        let due = nextEvent
        guard due <= end else { return max(time, start) }
        time = max(time, due)
      }
      spans.append((startTime, time))
      isStarted = false
    }
    return time
  }

  private var startTime = 0.0

  /// When something happens next that a look would notice.
  private var nextEvent: Double {
    var due = flights[0].due
    for flight in flights where flight.phase < 2 { due = min(due, flight.due) }
    return due
  }

  /// Requests and answers that have arrived are answered.
  private mutating func answer(_ course: MessageCourse, at time: Double) {
    for index in flights.indices where flights[index].phase < 2 && flights[index].due <= time {
      let message = course.messages[flights[index].message]
      flights[index].phase += 1
      if flights[index].phase == 1 {
        // Behind what this rank has given to the same link.
        flights[index].due = max(wireFree, time) + message.latency
      } else {
        flights[index].due =
          carry(message.wire - (message.requestWire ?? 0), at: time) + message.latency
      }
    }
  }

  /// Calls for the next stage when nearly all of this one has arrived; all ranks do so at the same time.
  private mutating func call(_ course: MessageCourse, at time: Double) {
    guard callDue == nil, next < course.messages.count, course.messages[next].isCalled,
      flights.count <= Segments.earliness
    else { return }
    callDue = time + course.messages[next].latency
  }

  private mutating func sendAllThatMayLeave(_ course: MessageCourse, _ time: inout Double) {
    while next < course.messages.count, flights.count < course.depth,
      mayLeave(course.messages[next], at: time)
    { send(course, &time) }
  }

  private func mayLeave(_ message: MessageCourse.Message, at time: Double) -> Bool {
    guard message.opensStage else { return true }
    guard flights.isEmpty else { return false }
    return !message.isCalled || callDue.map { $0 <= time } ?? true
  }

  private mutating func send(_ course: MessageCourse, _ time: inout Double) {
    let message = course.messages[next]
    time += message.sending
    let isLong = message.requestWire != nil
    let left = carry(message.requestWire ?? message.wire, at: time)
    flights.append(
      Flight(message: next, phase: isLong ? 0 : 2, due: left + message.latency))
    next += 1
    if message.isCalled { callDue = nil }
  }

  /// Puts something on the wire; returns when the wire has carried it.
  private mutating func carry(_ microseconds: Double, at time: Double) -> Double {
    wireFree = max(wireFree, time) + microseconds
    busy += microseconds
    return wireFree
  }
}
