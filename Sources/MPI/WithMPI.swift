internal import CMPI
internal import Glibc

/// Runs `body` between the initialisation and the finalisation of MPI, and returns what it returns.
///
/// When `body` throws, this rank prints the error once on stderr as `rank 2 of 4 on node7: text`
/// and ends all ranks with the exit code: an error on one rank never leaves the others waiting. Can
/// be called once in a process.
///
/// Collective. Corresponds to `MPI_Init_thread`, `MPI_Finalize` and `MPI_Abort` (MPI 3.1, sections
/// 8.7 and 12.4.3).
///
/// ```swift
/// withMPI { world in
///   let sum = try world.allReduce(Double(world.rank), .sum)
///   if world.isRoot { print(sum) }
/// }
/// ```
///
/// - Parameters:
///   - threading: how many threads will call MPI.
///   - describing: the text and exit code of a thrown error; by default its description, and 1.
///   - body: gets the world, which holds all ranks of the job.
public func withMPI<R>(
  threading: ThreadLevel = .funneled,
  describing: (any Error) -> (message: String, exitCode: Int32) = { ("\($0)", 1) },
  _ body: (Communicator) throws -> R
) -> R {
  do {
    let world = try Environment.initialize(threading: threading)
    let result = try body(world)
    try Environment.finalize()
    return result
  } catch {
    let (message, exitCode) = describing(error)
    abortAllRanks(exitCode: exitCode, because: message)
  }
}

/// Prints `message` with this rank's place on stderr, then ends all ranks with `exitCode`.
///
/// Local; any thread may call it.
public func abortAllRanks(exitCode: Int32, because message: String) -> Never {
  fflush(nil)
  // Note [One voice]: an error that all ranks meet, such as a missing file, is printed by rank 0,
  // whose abort ends the others while they wait here. An error of theirs alone is printed a moment
  // later.
  let place = placeInWorld()
  if let place, place.rank != 0 { usleep(300_000) }
  let prefix = place.map { "rank \($0.rank) of \($0.size) on \(hostName()): " } ?? ""
  // One write, so that lines of several ranks do not mix.
  let line = Array("\(prefix)\(message)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
  abortAllRanks(exitCode: exitCode)
}

/// This process's rank in the world, while MPI is up.
private func placeInWorld() -> (rank: Int, size: Int)? {
  guard cmpi_is_initialized() != 0, cmpi_is_finalized() == 0 else { return nil }
  var rank: Int32 = 0
  var size: Int32 = 0
  guard cmpi_comm_rank(cmpi_comm_world(), &rank) == MPI_SUCCESS,
    cmpi_comm_size(cmpi_comm_world(), &size) == MPI_SUCCESS
  else { return nil }
  return (Int(rank), Int(size))
}
