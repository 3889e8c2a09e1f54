import CKernels
import Engine
import Foundation
public import MPI

/// Measures how long the mean of one update a rank takes without a server, as silos compute it
/// (``UpdateMean``), and with one: rank 0 receives the updates of the others in turn, adds each to its
/// own, and broadcasts the mean.
///
/// Both are measured in turns in one process, on the same updates, and the medians are shown; the time
/// of a turn is that of the slowest rank. Results are held against a sum in double precision.
public struct AggregationBenchmark {
  private let communicator: Communicator
  private let count: Int
  private let turns: Int
  private let weights: [Int64]

  /// - Parameters:
  ///   - count: Floats of an update, at least one.
  ///   - turns: How often each is measured, at least once.
  public init(on communicator: Communicator, count: Int, turns: Int) {
    precondition(count >= 1 && turns >= 1, "nothing to measure")
    (self.communicator, self.count, self.turns) = (communicator, count, turns)
    weights = (0..<communicator.size).map { 600 + Int64($0) }
  }

  /// Measures. Collective, blocking; all ranks get the same report.
  ///
  /// - Throws: `FederationError` if a mean is wrong.
  public func run() throws -> AggregationReport {
    let mean = try UpdateMean(count: count, fixedPoint: FixedPoint(), on: communicator)
    let rank = communicator.rank
    func withoutServer() throws { _ = try mean.average(weight: weights[rank]) }
    // The first call touches all memory, and there is no other yet.
    _ = try time(mean.memory, withoutServer)
    var report = AggregationReport(ranks: communicator.size, bytes: 4 * count)
    report.peakBytes = try communicator.allReduce(Self.peakBytes, .maximum)
    let received = FloatMemory(count: rank == 0 ? count : 1)
    func withServer() throws { try serve(mean.memory, received) }
    var times: [[Double]] = [[], []]
    for _ in 0..<turns {
      times[0].append(try time(mean.memory, withoutServer))
      times[1].append(try time(mean.memory, withServer))
    }
    report.seconds = times[0].sorted()[turns / 2]
    report.serverSeconds = times[1].sorted()[turns / 2]
    report.serverPeakBytes = try communicator.allReduce(Self.peakBytes, .maximum)
    return report
  }

  /// The server's way.
  private func serve(_ update: FloatMemory, _ received: FloatMemory) throws {
    if communicator.isRoot {
      let total = Float(weights.reduce(0, +))
      ck_scale_to(update.base, update.base, count, Float(weights[0]) / total)
      for rank in 1..<max(1, communicator.size) {
        _ = try communicator.receive(into: received.buffer, from: rank)
        ck_add_scaled(update.base, received.base, count, Float(weights[rank]) / total)
      }
    } else {
      try communicator.send(UnsafeBufferPointer(update.buffer), to: 0)
    }
    try communicator.broadcast(update.buffer, from: 0)
  }

  /// Writes the updates, then times a call on the slowest rank and looks at what it left.
  private func time(_ update: FloatMemory, _ call: () throws -> Void) throws -> Double {
    for index in 0..<count { update.base[index] = Self.element(index, communicator.rank) }
    try communicator.barrier()
    let start = wallClock()
    try call()
    let seconds = try communicator.allReduce(wallClock() - start, .maximum)
    try check(update)
    return seconds
  }

  /// An element of the update of a rank, between -0.01 and 0.01.
  private static func element(_ index: Int, _ rank: Int) -> Float {
    let mixed = UInt32(truncatingIfNeeded: index &+ 7919 &* rank) &* 2_654_435_761
    return Float(Int32(bitPattern: mixed)) * (0.01 / 0x1p31)
  }

  private func check(_ update: FloatMemory) throws {
    let total = Double(weights.reduce(0, +))
    for index in stride(from: 0, to: count, by: max(1, count / 1009)) {
      let expected = weights.enumerated().reduce(0.0) { sum, pair in
        sum + Double(pair.element) * Double(Self.element(index, pair.offset))
      }
      guard abs(Double(update.base[index]) - expected / total) < 1e-8 else {
        throw FederationError.data(
          "element \(index) of the mean is \(update.base[index]) in place of \(expected / total)")
      }
    }
  }

  /// The most memory that this process has had.
  private static var peakBytes: Int64 {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int64(usage.ru_maxrss) * 1024
  }
}
