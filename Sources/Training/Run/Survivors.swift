public import Foundation
public import MPI
import Synchronization

/// Runs a job on the ranks that are left, again and again, when some are lost and the job says
/// `onFailure: shrink`.
///
///     train ──loss──► revoke ──► shrink ──► the furthest gives its state to all ──► train
///
/// What belongs to the ranks (sums, shares of the data, threads, who writes) is made anew on those that
/// are left. With fixed micro-batches the run ends with the bits of one that lost nobody.
public final class Survivors {
  /// Seconds from a loss until all must be training again.
  private static let limit = 60.0

  private let job: Job
  private let output: RunFolder
  private let resume: Trainer.Resume
  private let deadline: Date?
  private let trace: String?
  private let showsRanks: Bool
  private let world: Communicator
  /// Those that are left.
  public private(set) var ranks: Communicator
  private var trainer: Trainer?
  private var memory: RunMemory?
  private var loss: (start: Double, before: [Int64], alarm: Alarm)?

  /// Nobody is lost yet; the parameters are those of ``Trainer``.
  public init(
    _ job: Job, output: RunFolder, resume: Trainer.Resume, deadline: Date? = nil,
    trace: String? = nil, showsRanks: Bool = false, on world: Communicator
  ) {
    self.job = job
    self.output = output
    self.resume = resume
    self.deadline = deadline
    self.trace = trace
    self.showsRanks = showsRanks
    self.world = world
    ranks = world
  }

  /// Trains to the end of the job and returns the last evaluation. Collective, blocking.
  public func run() throws -> Evaluation? {
    guard job.parallel.onFailure == .shrink, world.size > 1 else { return try begin().run() }
    while true {
      do {
        let trainer = try begin()
        self.trainer = trainer
        try announce(trainer)
        let evaluation = try trainer.run()
        // Whoever leaves is lost to the others.
        if ranks.size < world.size { _ = try? ranks.agree(true) }
        return evaluation
      } catch let error as MPIError {
        try goOn(after: error)
      }
    }
  }

  private func begin() throws -> Trainer {
    try Trainer(
      job, output: output, from: loss == nil ? .resume(resume) : .memory(memory),
      deadline: deadline, trace: trace, showsRanks: showsRanks, on: ranks)
  }

  /// Leaves the lost behind.
  ///
  /// - Throws: `error`, if nobody was lost.
  private func goOn(after error: MPIError) throws {
    let before = loss?.before ?? Array(0..<Int64(world.size))
    let start = trainer?.lastStepTime ?? loss?.start ?? Trainer.now
    loss?.alarm.cancel()
    let alarm = Alarm(seconds: Self.limit) {
      abortAllRanks(
        exitCode: ExitCode.peerLost.rawValue,
        because:
          "a rank was lost, and the others did not go on within \(Int(Self.limit)) s: \(error); the last checkpoint resumes with --resume auto"
      )
    }
    loss = (start, before, alarm)
    ranks.revoke()
    if let trainer { memory = trainer.retire() }
    trainer = nil
    let left = try ranks.shrink()
    guard left.size < ranks.size else { throw error }
    ranks = left
  }

  /// Says who was lost, and what it cost. Collective.
  private func announce(_ trainer: Trainer) throws {
    guard let loss else { return }
    let left = try ranks.allGather([Int64(world.rank)])
    let lost = loss.before.filter { !left.contains($0) }.map { String($0) }
    loss.alarm.cancel()
    trainer.tellLoss(of: lost, seconds: Trainer.now - loss.start)
    self.loss = (Trainer.now, left, loss.alarm)
    memory = nil
  }
}

/// Calls a function after some time, unless it is cancelled before.
private final class Alarm: Sendable {
  private let isCancelled = Atomic(false)

  init(seconds: Double, _ ring: @escaping @Sendable () -> Void) {
    Thread { [self] in
      Thread.sleep(forTimeInterval: seconds)
      if !isCancelled.load(ordering: .relaxed) { ring() }
    }.start()
  }

  func cancel() { isCancelled.store(true, ordering: .relaxed) }
}
