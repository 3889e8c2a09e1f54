import Foundation
import Glibc
public import MPI
import Synchronization

/// A thread on each rank by which ranks watch each other, and that ends the job when one is lost.
///
/// Every 0.2 s each rank sends what it knows of all ranks to one other, 1, 2, 4, … ranks further on in
/// turns, so that after log2 P turns everybody has heard of a beat:
///
///     turn 0   r ─► r + 1        turn 1   r ─► r + 2        turn 2   r ─► r + 4
///
/// 40 P bytes a message, which never meet those of the training: the communicator is a duplicate.
/// The lowest rank that is not lost itself says who is, where and in which step, and ends the job, so
/// that nobody waits for ever. MPI must be initialised with ``ThreadLevel/multiple``.
///
/// Source: the turns are those of the dissemination barrier, Hensgen, Finkel and Manber, IJPP 17
/// (1988).
public final class RankMonitor: @unchecked Sendable {
  // Sendable: after `init` the table and the messages belong to the thread, until it has ended.

  /// Ends the job; gets the text that says why.
  public typealias Ending = @Sendable (String) -> Void

  static let period = 0.2
  /// Seconds in which the training must have let go of its ranks after one has died.
  static let patience = 10.0

  private let communicator: Communicator
  private let heartbeat: Heartbeat
  private let limit: Double
  private let isTerminating: @Sendable () -> Bool
  private let end: Ending
  private let wake: (@Sendable () -> Void)?
  private let places: [RankPlace]
  private var table: RankTable
  private var turn = 0
  private var sends: RequestSet
  private let outgoing: [UnsafeMutableBufferPointer<Int64>]
  private let incoming: UnsafeMutableBufferPointer<Int64>
  private let isEnding = Atomic(false)
  private let hasEnded = DispatchSemaphore(value: 0)

  /// Starts the thread. Collective.
  ///
  /// - Parameters:
  ///   - limit: the seconds that a rank may be silent or behind.
  ///   - isTerminating: whether the launcher has asked this process to end; called by the thread.
  ///   - wake: where the survivors of a rank that has died go on, called by the thread on one rank in
  ///     place of `end`: makes sure that nobody waits for it. If the monitor is not stopped in time,
  ///     `end` is called.
  ///   - end: called by the thread on one rank when another is lost; must not return.
  public init(
    _ heartbeat: Heartbeat, on communicator: Communicator, limit: Double,
    isTerminating: @escaping @Sendable () -> Bool, wake: (@Sendable () -> Void)? = nil,
    end: @escaping Ending
  ) throws(MPIError) {
    let all = try communicator.duplicate()
    self.communicator = all
    self.heartbeat = heartbeat
    self.limit = limit
    self.isTerminating = isTerminating
    self.end = end
    self.wake = wake
    places = try RankPlace.all(on: all)
    var hops = 0
    while 1 << hops < all.size { hops += 1 }
    table = RankTable(
      rank: all.rank, count: all.size, now: Self.now, period: Self.period, hops: hops)
    sends = RequestSet(capacity: max(hops, 1))
    let count = all.size * RankTable.State.count
    outgoing = (0..<hops).map { _ in
      let buffer = UnsafeMutableBufferPointer<Int64>.allocate(capacity: count)
      buffer.initialize(repeating: 0)
      return buffer
    }
    incoming = .allocate(capacity: count)
    incoming.initialize(repeating: 0)
    let thread = Thread { [self] in watch() }
    thread.name = "rank monitor"
    thread.start()
  }

  deinit {
    for buffer in outgoing { buffer.deallocate() }
    incoming.deallocate()
  }

  /// Ends the thread after all ranks have come here. Collective, blocking.
  public func finish() throws(MPIError) {
    // Others go on being watched until they are here too.
    try communicator.barrier()
    stop()
    // A send of many ranks' states may still wait for its receiver.
    var isLast = try communicator.startBarrier()
    while true {
      try receive()
      if try sends.areAllComplete(), try isLast.isComplete() { break }
      usleep(1000)
    }
    try isLast.wait()
    try receive()
  }

  /// Ends the thread. Local; for the way out after an error.
  public func stop() {
    guard !isEnding.exchange(true, ordering: .relaxed) else { return }
    hasEnded.wait()
  }

  // MARK: - The thread

  private static var now: Double { ProcessInfo.processInfo.systemUptime }

  private func watch() {
    do throws(MPIError) {
      while !isEnding.load(ordering: .relaxed) {
        table.update(heartbeat.state, now: Self.now)
        try receive()
        try send()
        look()
        usleep(UInt32(Self.period * 1e6))
      }
    } catch {
      // The training meets the same error and reports it.
    }
    sends.abandon()
    hasEnded.signal()
  }

  private func send() throws(MPIError) {
    guard !outgoing.isEmpty else { return }
    let hop = turn % outgoing.count
    turn += 1
    // A receiver that does not listen gets no further message.
    guard try sends.isComplete(hop) else { return }
    let message = outgoing[hop]
    for (rank, state) in table.states.enumerated() {
      let first = rank * RankTable.State.count
      message[first] = state.beat
      message[first + 1] = state.sequence
      message[first + 2] = state.step
      message[first + 3] = state.bucket
      message[first + 4] = state.isWaiting
    }
    try communicator.startSend(
      UnsafeBufferPointer(message), to: (communicator.rank + 1 << hop) % communicator.size,
      in: &sends, at: hop)
  }

  private func receive() throws(MPIError) {
    while let found = try communicator.probeImmediately(from: nil) {
      try communicator.receive(into: incoming, from: found.source)
      for rank in 0..<communicator.size {
        let first = rank * RankTable.State.count
        table.learn(
          RankTable.State(
            beat: incoming[first], sequence: incoming[first + 1], step: incoming[first + 2],
            bucket: incoming[first + 3], isWaiting: incoming[first + 4]),
          of: rank, now: Self.now)
      }
    }
  }

  private func look() {
    let own = places[communicator.rank]
    let lost = table.lost(
      now: Self.now, limit: limit, isTerminating: isTerminating(),
      hasEnded: { places[$0].isNeighbour(of: own) && places[$0].hasEnded })
    guard !lost.isEmpty else { return }
    // One rank speaks for all that are left.
    let others = Set(lost.map(\.rank))
    guard (0..<communicator.rank).allSatisfy({ others.contains($0) }) else { return }
    let reasons = lost.map { describe($0.rank, $0.reason) }.joined(separator: "\n")
    if let wake, lost.allSatisfy({ $0.reason == .ended }) {
      wake()
      let start = Self.now
      while Self.now - start < Self.patience {
        if isEnding.load(ordering: .relaxed) { return }
        usleep(10_000)
      }
    }
    end(reasons)
  }

  private func describe(_ rank: Int, _ reason: RankTable.Reason) -> String {
    let state = table.states[rank]
    let cause =
      switch reason {
      case .ended: "its process has ended"
      case .silent(let seconds): "nothing was heard of it for \(Self.short(seconds)) s"
      case .behind(let seconds):
        "others have waited for it for \(Self.short(seconds)) s in sum \(table.states.map(\.sequence).max() ?? 0), it is in \(state.sequence)"
      }
    return
      "rank \(rank) on \(places[rank].host) was lost in step \(state.step), bucket \(state.bucket): \(cause)"
  }

  private static func short(_ seconds: Double) -> String { String(format: "%.1f", seconds) }
}
