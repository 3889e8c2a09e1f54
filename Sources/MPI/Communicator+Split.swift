internal import CMPI

extension Communicator {
  /// Divides the ranks into groups of equal `color`, ordered by `key` and then by rank.
  ///
  /// Collective, blocking. Corresponds to `MPI_Comm_split` (MPI 3.1, section 6.4.2).
  ///
  /// - Parameter color: which group this rank joins; at least zero.
  public func split(color: Int, key: Int = 0) throws(MPIError) -> Communicator {
    guard color >= 0, let color = Int32(exactly: color), let key = Int32(exactly: key) else {
      throw invalid(.MPI_ERR_ARG, "MPI_Comm_split", "color \(color) and key \(key) must fit an int")
    }
    return try derived("MPI_Comm_split") { cmpi_comm_split(raw, color, key, $0) }
  }

  /// The ranks that share memory with this one: those on the same host, in this communicator's
  /// order.
  ///
  /// Collective, blocking. Corresponds to `MPI_Comm_split_type` with `MPI_COMM_TYPE_SHARED` (MPI
  /// 3.1, section 6.4.2).
  public func node() throws(MPIError) -> Communicator {
    let key = Int32(rank)
    return try derived("MPI_Comm_split_type") { cmpi_comm_split_shared(raw, key, $0) }
  }

  /// The same ranks with a message space of their own, so that a library's messages never meet its
  /// caller's.
  ///
  /// Collective, blocking. Corresponds to `MPI_Comm_dup` (MPI 3.1, section 6.4.2).
  public func duplicate() throws(MPIError) -> Communicator {
    try derived("MPI_Comm_dup") { cmpi_comm_dup(raw, $0) }
  }

  /// A duplicate whose C calls count at most `pieceLimit` elements, for tests of Note [Large
  /// counts].
  package func duplicate(pieceLimit: Int) throws(MPIError) -> Communicator {
    precondition(pieceLimit > 0 && pieceLimit <= Int(Int32.max), "a limit of \(pieceLimit)")
    return try derived("MPI_Comm_dup", pieceLimit: pieceLimit) { cmpi_comm_dup(raw, $0) }
  }

  /// Children inherit the error handler of the world: errors return.
  private func derived(
    _ function: StaticString, pieceLimit: Int? = nil,
    _ make: (UnsafeMutablePointer<cmpi_comm>) -> Int32
  ) throws(MPIError) -> Communicator {
    var child = raw
    try checked(make(&child), function, "")
    return try Communicator(
      child, isOwned: true, pieceLimit: pieceLimit ?? self.pieceLimit, family: family)
  }
}
