internal import CMPI

/// A group of ranks that exchange messages among themselves only: `MPI_Comm` (MPI 3.1, chapter 6).
///
/// The world arrives as the argument of ``withMPI(threading:describing:_:)``; others come from
/// ``split(color:key:)``, ``node()`` and ``duplicate()``. A communicator is a shared identity: all
/// references mean the same group, and it is freed with the last of them, unless MPI has been
/// finalised before.
///
/// Operations marked *collective* must be called by all ranks of the communicator, in the same
/// order. Those that take tags accept `0...tagUpperBound`.
public final class Communicator: @unchecked Sendable {
  // Sendable: every stored property is immutable. How many threads may call MPI is the thread
  // level's business.
  let raw: cmpi_comm
  private let isOwned: Bool
  /// This communicator and all that stem from the same one: they are revoked together.
  let family: CommunicatorFamily
  /// Most elements that one C call may count; see Note [Large counts].
  let pieceLimit: Int

  /// This process's number in the group, in `0..<size`.
  public let rank: Int
  /// The number of ranks in the group.
  public let size: Int

  init(
    _ raw: cmpi_comm, isOwned: Bool, pieceLimit: Int = Int(Int32.max),
    family: CommunicatorFamily = CommunicatorFamily()
  ) throws(MPIError) {
    var rank: Int32 = 0
    var size: Int32 = 0
    try check(cmpi_comm_rank(raw, &rank), "MPI_Comm_rank")
    try check(cmpi_comm_size(raw, &size), "MPI_Comm_size")
    self.raw = raw
    self.isOwned = isOwned
    self.pieceLimit = pieceLimit
    self.rank = Int(rank)
    self.size = Int(size)
    self.family = family
    family.add(self)
  }

  deinit {
    family.remove(self)
    if isOwned && cmpi_is_finalized() == 0 && !Environment.hasLostRanks { _ = cmpi_comm_free(raw) }
  }

  /// Whether this is rank 0, which prints and writes where one must.
  public var isRoot: Bool { rank == 0 }

  /// The name of the host, from `MPI_Get_processor_name`.
  public var processorName: String { hostName() }

  /// The greatest tag a message may carry: the attribute `MPI_TAG_UB`, at least 32767.
  public var tagUpperBound: Int { Int(cmpi_tag_upper_bound()) }
}

/// The host as MPI names it, for messages.
func hostName() -> String {
  var name = [CChar](repeating: 0, count: Int(MPI_MAX_PROCESSOR_NAME) + 1)
  var length: Int32 = 0
  guard MPI_Get_processor_name(&name, &length) == MPI_SUCCESS else { return "unknown host" }
  return String(decoding: name.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
