import Foundation
import MPI
import Training

/// Starts and ends a command that runs on all ranks.
enum Launch {
  /// Runs `body` between MPI's beginning and end, and ends the process with its exit code.
  ///
  /// An error that all ranks know of was printed by one of them; any other ends all ranks at once.
  static func onAllRanks(_ body: (Communicator) throws -> Void) -> Never {
    let code = withMPI(
      threading: .funneled,
      describing: { error in
        let failure = Failure.describing(error)
        return ("trireme: \(failure.description)", failure.exitCode.rawValue)
      }
    ) { world -> Training.ExitCode in
      do {
        try body(world)
        return .done
      } catch let failure as AgreedFailure {
        return failure.exitCode
      }
    }
    exit(code.rawValue)
  }

  /// Runs `body` in this process alone.
  static func here(_ body: () throws -> Void) -> Never {
    do {
      try body()
    } catch {
      let failure = Failure.describing(error)
      fail(failure.exitCode, "trireme: \(failure.description)")
    }
    exit(Training.ExitCode.done.rawValue)
  }

  /// Prints `message` and ends the process.
  static func fail(_ code: Training.ExitCode, _ message: String) -> Never {
    Console.error(message)
    exit(code.rawValue)
  }
}
