public import MPI

/// Measures all-reduce algorithms side by side: in one process, in turns, so that whatever else the
/// machine does meets all of them alike.
///
/// A turn of an algorithm is one call that is not counted, then as many calls as take a while; its
/// time is that of the slowest rank. The result is the median of all turns.
///
/// Between calls a rank may write its buffer anew, as a trainer does: then the processor holds it in
/// the rank's own cache, not where the last call left it. A turn then also times the writing alone,
/// which is taken off.
public struct AllReduceBenchmark {
  private let communicator: Communicator
  private let choices: [AllReduceChoice]
  private let sizes: [Int]
  private let turns: Int
  private let isWritten: Bool
  private let model: AllReduceModel

  /// - Parameters:
  ///   - choices: which algorithms to measure.
  ///   - sizes: bytes of a buffer of `Float`; at least one.
  ///   - turns: how often each algorithm is measured.
  ///   - isWritten: whether every rank writes its buffer before each call.
  ///   - model: by which `auto` chooses; the same on all ranks.
  public init(
    on communicator: Communicator, choices: [AllReduceChoice], sizes: [Int], turns: Int,
    isWritten: Bool = false, model: AllReduceModel = AllReduceModel()
  ) {
    precondition(!sizes.isEmpty && sizes.allSatisfy { $0 >= 4 } && turns >= 1, "nothing to measure")
    self.communicator = communicator
    self.choices = choices
    self.sizes = sizes
    self.turns = turns
    self.isWritten = isWritten
    self.model = model
  }

  /// Measures. Collective, blocking; all ranks get the same report.
  public func run() throws(MPIError) -> AllReduceReport {
    var rows: [AllReduceReport.Row] = []
    for size in sizes {
      var subjects: [Subject] = []
      for choice in choices {
        subjects.append(
          try Subject(choice.rawValue, choice.make(on: communicator, model: model), count: size / 4)
        )
      }
      for (subject, seconds) in zip(subjects, try medians(of: subjects)) {
        rows.append(
          .init(
            algorithm: subject.name, bytes: size / 4 * 4, seconds: seconds,
            ranks: communicator.size))
      }
    }
    return AllReduceReport(
      ranks: communicator.size, rows: rows,
      rooflineGBps: try roofline(count: (sizes.max() ?? 4) / 4))
  }

  /// An algorithm and its buffer of zeros, whose sums are zeros again.
  private final class Subject: Measured {
    let name: String
    private let algorithm: any AllReduceAlgorithm<Float>
    private let buffer: UnsafeMutableBufferPointer<Float>
    private let isOwner: Bool

    init(_ name: String, _ algorithm: any AllReduceAlgorithm<Float>, count: Int) throws(MPIError) {
      self.name = name
      self.algorithm = algorithm
      let own = try algorithm.memory(count: count)
      isOwner = own == nil
      buffer = own ?? .allocate(capacity: count)
      buffer.initialize(repeating: 0)
    }

    deinit { if isOwner { buffer.deallocate() } }

    func write() { buffer.update(repeating: 0) }

    func run() throws(MPIError) { try algorithm.sum(buffer) }
  }

  /// One buffer added to another of this rank's own: 3 x `count` elements read and written.
  private final class Stream: Measured {
    private let source: UnsafeMutablePointer<Float>
    private let target: UnsafeMutablePointer<Float>
    private let count: Int

    init(count: Int) {
      source = .allocate(capacity: count)
      target = .allocate(capacity: count)
      self.count = count
      source.initialize(repeating: 0, count: count)
      target.initialize(repeating: 0, count: count)
    }

    deinit {
      source.deallocate()
      target.deallocate()
    }

    func write() {}

    func run() { Float.add(source, to: target, count: count) }
  }

  /// Bytes that all ranks together read and write in a second when each streams on its own.
  private func roofline(count: Int) throws(MPIError) -> Double {
    let seconds = try medians(of: [Stream(count: count)])[0]
    return Double(3 * 4 * count * communicator.size) / seconds / 1e9
  }

  /// The median seconds of one call of each subject, measured in turns.
  private func medians(of subjects: [any Measured]) throws(MPIError) -> [Double] {
    var calls: [Int] = []
    for subject in subjects {
      try subject.run()
      let once = try time(1, subject)
      // Ranks leave the barrier up to a message apart: that is shared by several calls, unless they are
      // long enough for it not to matter.
      calls.append(min(max(Int(2e-3 / max(once, 1e-9)), once < 0.05 ? 8 : 1), 1000))
    }
    var times = [[Double]](repeating: [], count: subjects.count)
    for _ in 0..<turns {
      for (index, subject) in subjects.enumerated() {
        try subject.run()
        times[index].append(try time(calls[index], subject))
      }
    }
    return times.map { $0.sorted()[$0.count / 2] }
  }

  /// The seconds of one of `calls` calls on the slowest rank.
  private func time(_ calls: Int, _ subject: any Measured) throws(MPIError) -> Double {
    try communicator.barrier()
    let start = wallClock()
    for _ in 0..<calls {
      if isWritten { subject.write() }
      try subject.run()
    }
    let middle = wallClock()
    if isWritten { for _ in 0..<calls { subject.write() } }
    let writing = isWritten ? wallClock() - middle : 0
    return try communicator.allReduce((middle - start - writing) / Double(calls), .maximum)
  }
}

/// Something that can be done again and again.
private protocol Measured: AnyObject {
  /// Writes the memory that is worked on.
  func write()
  func run() throws(MPIError)
}
