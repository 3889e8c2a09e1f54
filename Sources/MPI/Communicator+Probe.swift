internal import CMPI

extension Communicator {
  /// Blocks until a message waits to be received, and says what it is.
  ///
  /// Corresponds to `MPI_Probe` (MPI 3.1, section 3.8.1).
  ///
  /// - Parameters:
  ///   - source: the sender; nil accepts any rank.
  ///   - tag: the message's tag; nil accepts any.
  public func probe(from source: Int?, tag: Int? = 0) throws(MPIError) -> Status {
    var status = cmpi_status()
    let (from, tag) = (
      try sourceArgument(source, "MPI_Probe"), try tagArgument(tag, "MPI_Probe")
    )
    try checked(cmpi_probe(from, tag, raw, &status), "MPI_Probe", "")
    return try Status(status)
  }

  /// What message waits to be received, or nil if none does; does not block.
  ///
  /// Corresponds to `MPI_Iprobe` (MPI 3.1, section 3.8.1).
  public func probeImmediately(from source: Int?, tag: Int? = 0) throws(MPIError) -> Status? {
    var status = cmpi_status()
    var flag: Int32 = 0
    let (from, tag) = (
      try sourceArgument(source, "MPI_Iprobe"), try tagArgument(tag, "MPI_Iprobe")
    )
    try checked(cmpi_iprobe(from, tag, raw, &flag, &status), "MPI_Iprobe", "")
    return flag != 0 ? try Status(status) : nil
  }
}
