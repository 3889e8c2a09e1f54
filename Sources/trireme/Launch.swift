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
      threading: .multiple,
      describing: { error in
        let failure = Failure.describing(error)
        Console.clearBar()
        return (failure.description, failure.exitCode.rawValue)
      }
    ) { world -> Training.ExitCode in
      do {
        try body(world)
        return .done
      } catch let failure as AgreedFailure {
        return failure.exitCode
      } catch {
        guard world.size == 1 else { throw error }
        // Nobody waits for this rank: no need to abort, which has Open MPI print much about it.
        let failure = Failure.describing(error)
        Console.error("trireme: \(failure.description)")
        return failure.exitCode
      }
    }
    endProcess(exitCode: code.rawValue)
  }

  /// This process's rank as its launcher says, before or without MPI; 0 when started by hand.
  static var rank: Int {
    let environment = ProcessInfo.processInfo.environment
    for name in ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"] {
      if let rank = environment[name].flatMap({ Int($0) }) { return rank }
    }
    return 0
  }

  /// Runs `body` without MPI, on rank 0 alone: others end at once, and well, so that what rank 0
  /// says is said once and its exit code counts.
  static func here(_ body: () throws -> Void) -> Never {
    guard rank == 0 else { exit(Training.ExitCode.done.rawValue) }
    do {
      try body()
    } catch let failure as AgreedFailure {
      exit(failure.exitCode.rawValue)
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
