internal import CMPI
internal import Glibc
internal import Synchronization

/// Whether a rank was lost; see Note [Lost ranks].
private let lossFlag = Atomic(false)

/// The life of the library in this process.
package enum Environment {
  /// Initialises MPI and returns the world, whose errors return instead of ending the job.
  ///
  /// Collective. Corresponds to `MPI_Init_thread` (MPI 3.1, section 12.4.3).
  package static func initialize(threading: ThreadLevel) throws(MPIError) -> Communicator {
    guard cmpi_is_initialized() == 0 else {
      throw MPIError(
        .MPI_ERR_OTHER, function: "MPI_Init_thread",
        message: "MPI can be initialised once in a process only")
    }
    prepareForLosses()
    var provided: Int32 = 0
    try check(cmpi_init_thread(threading.raw, &provided), "MPI_Init_thread")
    try check(cmpi_comm_errors_return(cmpi_comm_world()), "MPI_Comm_set_errhandler")
    try check(cmpi_comm_errors_return(cmpi_comm_self()), "MPI_Comm_set_errhandler")
    let world = try Communicator(cmpi_comm_world(), isOwned: false)
    if provided < threading.raw {
      throw world.invalid(
        .MPI_ERR_OTHER, "MPI_Init_thread",
        "the library does not support the thread level \(threading)")
    }
    return world
  }

  /// Sets what Open MPI 5 needs to survive the loss of a rank, if it is to, and unless the user has
  /// set something else.
  ///
  /// Its coll/han and coll/adapt loop or crash after a loss; and without connections made beforehand
  /// between all, the news of a loss may not reach everybody.
  private static func prepareForLosses() {
    guard Communicator.canShrink, cmpi_is_open_mpi() != 0 else { return }
    setenv("OMPI_MCA_coll", "^han,adapt", 0)
    setenv("OMPI_MCA_mpi_preconnect_mpi", "1", 0)
  }

  /// Whether a rank was lost in this process's life.
  package static var hasLostRanks: Bool { lossFlag.load(ordering: .relaxed) }

  static func noteLoss() { lossFlag.store(true, ordering: .relaxed) }

  /// Finalises MPI, if it is under way, and no rank was lost.
  ///
  /// Collective. Corresponds to `MPI_Finalize` (MPI 3.1, section 8.7).
  package static func finalize() throws(MPIError) {
    guard cmpi_is_initialized() != 0, cmpi_is_finalized() == 0, !hasLostRanks else { return }
    try check(MPI_Finalize(), "MPI_Finalize")
  }
}

/// Ends this process, after ``withMPI(threading:describing:_:)``, with `exitCode`.
///
/// Local. Where a rank was lost, the library is left as it is: its own end would wait for the dead.
public func endProcess(exitCode: Int32) -> Never {
  guard Environment.hasLostRanks else { exit(exitCode) }
  fflush(nil)
  _exit(exitCode)
}

/// Ends all ranks of the job with `exitCode`, from any thread, at once.
///
/// Local. Corresponds to `MPI_Abort` on the world (MPI 3.1, section 8.7); without MPI the process
/// just exits.
public func abortAllRanks(exitCode: Int32) -> Never {
  fflush(nil)
  if cmpi_is_initialized() != 0, cmpi_is_finalized() == 0 {
    _ = cmpi_abort(cmpi_comm_world(), exitCode)
  }
  // Not exit(): its handlers might wait for ranks that are gone.
  _exit(exitCode)
}
