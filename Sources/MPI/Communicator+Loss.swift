internal import CMPI
internal import Glibc

// Note [Lost ranks]
//
// Where the library has user-level failure mitigation (ULFM), a rank that dies does not end the job:
//
//     operation ──throws isLoss──► revoke() ──► shrink() ──► the survivors, renumbered, go on
//        on some ranks             all others'              from what they hold
//                                  operations throw too
//
// Until then nothing that reaches over ranks can be freed or waited for in the usual way: started
// operations may be dropped, communicators are not freed, and the library is left without
// MPI_Finalize, which would wait for the dead.
//
// Source: Bland et al., "Post-failure recovery of MPI communication capability", IJHPCA 27 (2013).

extension Communicator {
  /// Whether the library and the launch let ranks outlive others: Open MPI from 5.0 on under `mpirun
  /// --with-ft ulfm`, or MPICH.
  public static var canShrink: Bool {
    guard hasShrinking else { return false }
    guard cmpi_is_open_mpi() != 0 else { return true }
    let setting = getenv("OMPI_MCA_mpi_ft_enable").map { String(cString: $0) } ?? "0"
    return !["0", "false", "no", "disabled"].contains(setting)
  }

  /// Whether the library that this program was built with has what ``shrink()`` needs.
  public static var hasShrinking: Bool { cmpi_has_ulfm() != 0 }

  /// Ends all operations of this communicator, and of all that stem from the same one, on all ranks:
  /// they throw. Nothing but ``shrink()`` and ``agree(_:)`` works on them afterwards.
  ///
  /// Local; any thread may call it. Corresponds to `MPIX_Comm_revoke`.
  public func revoke() {
    Environment.noteLoss()
    family.revoke()
  }

  /// The ranks that are left, in their order, with a family of their own.
  ///
  /// Collective over those that are left, blocking. Corresponds to `MPIX_Comm_shrink`.
  public func shrink() throws(MPIError) -> Communicator {
    Environment.noteLoss()
    var child = raw
    try checked(cmpi_comm_shrink(raw, &child), "MPIX_Comm_shrink", "")
    try checked(cmpi_comm_errors_return(child), "MPI_Comm_set_errhandler", "")
    return try Communicator(child, isOwned: true, pieceLimit: pieceLimit)
  }

  /// Whether `flag` is true on all ranks that are left; the same answer on all, or an error on all.
  ///
  /// Collective over those that are left, blocking. Corresponds to `MPIX_Comm_agree`.
  public func agree(_ flag: Bool) throws(MPIError) -> Bool {
    var value: Int32 = flag ? 1 : 0
    try checked(cmpi_comm_agree(raw, &value), "MPIX_Comm_agree", "")
    return value != 0
  }
}

extension MPIError {
  /// Whether a rank was lost, or another rank has seen so.
  public var isLoss: Bool { cmpi_is_loss(code.rawValue) != 0 }
}
