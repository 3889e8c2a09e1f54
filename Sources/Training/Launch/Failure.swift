import Checkpoints
import Datasets
import Engine
import Federated
import Graph
import HDF5
import Importers
import Interchange
public import MPI

/// The exit codes of the command; see the manual's table.
public enum ExitCode: Int32, Sendable {
  case done = 0
  /// What was measured is worse than what was asked for.
  case fallenShort = 1
  /// Wrong usage, job file or launch: do not start it again as it is.
  case usage = 2
  /// The data cannot be trained on.
  case badData = 65
  /// A defect of Trireme.
  case `internal` = 70
  /// Files cannot be read or written, or a checkpoint is bad.
  case inputOutput = 74
  /// A checkpoint was written; start the job again to go on.
  case requeue = 75
  /// A rank was lost.
  case peerLost = 76
  /// The loss is not a number.
  case diverged = 77
}

/// An error with the exit code that it means.
public struct Failure: Error, CustomStringConvertible {
  /// What happened, where, and what to do.
  public let description: String
  /// How the command ends.
  public let exitCode: ExitCode

  /// An error of the given code.
  public init(_ exitCode: ExitCode, _ description: String) {
    self.description = description
    self.exitCode = exitCode
  }

  /// The text and code of any error that Trireme's modules throw.
  public static func describing(_ error: any Error) -> Failure {
    switch error {
    case let failure as Failure: failure
    case is JobError, is GraphError: Failure(.usage, "\(error)")
    case is DatasetError, is ImportError: Failure(.badData, "\(error)")
    case let error as InterchangeError: Failure(error.exitCode, "\(error)")
    case let error as FederationError: federation(error)
    case is CheckpointError, is HDF5Error: Failure(.inputOutput, "\(error)")
    case is MPIError: Failure(.peerLost, "\(error)")
    default: Failure(.internal, "\(error)")
    }
  }
}

extension InterchangeError {
  /// Files that cannot be read are the system's matter, wrong ones the user's.
  fileprivate var exitCode: ExitCode {
    switch self {
    case .unreadable: .inputOutput
    case .malformed, .mismatch: .badData
    case .unsupported: .usage
    }
  }
}

extension Failure {
  private static func federation(_ error: FederationError) -> Failure {
    switch error {
    case .settings: Failure(.usage, "\(error)")
    case .data: Failure(.badData, "\(error)")
    case .aborted: Failure(.internal, "\(error)")
    }
  }
}

/// An error that one rank has reported and all ranks know of: end quietly with its code.
public struct AgreedFailure: Error {
  /// How the command ends.
  public let exitCode: ExitCode

  /// An error that has been reported.
  public init(exitCode: ExitCode) { self.exitCode = exitCode }
}

extension Communicator {
  /// Runs `body` on every rank; if it throws on any, all ranks end alike.
  ///
  /// Collective, blocking. The lowest rank that failed prints its error on stderr (with its number
  /// and host, unless the error must be the same on all ranks), so that a missing file gives one
  /// message and not one a rank, and no rank is left waiting.
  ///
  /// - Throws: `AgreedFailure`.
  public func agreeing<Value>(_ body: () throws -> Value) throws -> Value {
    var value: Value?
    var failure: Failure?
    do {
      value = try body()
    } catch let error as AgreedFailure {
      throw error
    } catch {
      failure = Failure.describing(error)
    }
    let codes = try allGather([failure?.exitCode.rawValue ?? 0])
    guard let first = codes.firstIndex(where: { $0 != 0 }) else {
      guard let value else { throw AgreedFailure(exitCode: .internal) }
      return value
    }
    if first == rank, let failure {
      let place = codes.allSatisfy { $0 != 0 } ? "" : "rank \(rank) on \(processorName): "
      Console.error("trireme: \(place)\(failure.description)")
    }
    try barrier()
    throw AgreedFailure(exitCode: ExitCode(rawValue: codes[first]) ?? .internal)
  }
}
