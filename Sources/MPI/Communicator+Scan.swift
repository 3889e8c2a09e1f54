internal import CMPI

extension Communicator {
  /// Replaces each rank's elements by the reduction of those of ranks `0...rank`.
  ///
  /// Collective, blocking. Corresponds to `MPI_Scan` (MPI 3.1, section 5.11.1). Every rank passes
  /// the same size.
  public func scan<Element: MPIScalar>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ reduction: Reduction
  ) throws(MPIError) {
    for piece in pieces(of: buffer.count) {
      try checked(
        cmpi_scan(
          cmpi_in_place(), buffer.address(at: piece.offset), piece.count, Element.mpiType.raw,
          reduction.raw, raw),
        "MPI_Scan", "\(reduction) of \(buffer.count) \(Element.self)")
    }
  }

  /// Replaces each rank's `values` by the reduction of those of ranks `0...rank`.
  ///
  /// Collective, blocking. Corresponds to `MPI_Scan`.
  public func scan<Element: MPIScalar>(
    _ values: inout [Element], _ reduction: Reduction
  ) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try scan(buffer, reduction)
    }
  }

  /// Replaces each rank's elements by the reduction of those of ranks `0..<rank`; rank 0's stay as
  /// they are.
  ///
  /// Collective, blocking. Corresponds to `MPI_Exscan` (MPI 3.1, section 5.11.2). Every rank passes
  /// the same size.
  public func exclusiveScan<Element: MPIScalar>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ reduction: Reduction
  ) throws(MPIError) {
    for piece in pieces(of: buffer.count) {
      try checked(
        cmpi_exscan(
          cmpi_in_place(), buffer.address(at: piece.offset), piece.count, Element.mpiType.raw,
          reduction.raw, raw),
        "MPI_Exscan", "\(reduction) of \(buffer.count) \(Element.self)")
    }
  }

  /// Replaces each rank's `values` by the reduction of those of ranks `0..<rank`; rank 0's stay as
  /// they are.
  ///
  /// Collective, blocking. Corresponds to `MPI_Exscan`.
  public func exclusiveScan<Element: MPIScalar>(
    _ values: inout [Element], _ reduction: Reduction
  ) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try exclusiveScan(buffer, reduction)
    }
  }
}
