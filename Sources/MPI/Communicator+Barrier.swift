internal import CMPI

extension Communicator {
  /// Blocks until all ranks have come here.
  ///
  /// Collective. Corresponds to `MPI_Barrier` (MPI 3.1, section 5.3).
  public func barrier() throws(MPIError) {
    try checked(cmpi_barrier(raw), "MPI_Barrier", "")
  }

  /// Starts a barrier; the request is complete when all ranks have started theirs.
  ///
  /// Collective, does not block. Corresponds to `MPI_Ibarrier` (MPI 3.1, section 5.12.1).
  public func startBarrier() throws(MPIError) -> Request<Void> {
    var request = cmpi_request_null()
    try checked(cmpi_ibarrier(raw, &request), "MPI_Ibarrier", "")
    return Request(RequestHandle(request, of: "MPI_Ibarrier"), returning: ())
  }
}
