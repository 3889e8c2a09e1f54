internal import CMPI

extension Communicator {
  /// Reduces the ranks' buffers element by element into the root's, in place; other ranks' buffers
  /// stay as they are.
  ///
  /// Collective, blocking. Corresponds to `MPI_Reduce` (MPI 3.1, section 5.9.1). Every rank passes
  /// the same size.
  public func reduce<Element: MPIScalar>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ reduction: Reduction, to root: Int = 0
  ) throws(MPIError) {
    let cRoot = try rootArgument(root, "MPI_Reduce")
    for piece in pieces(of: buffer.count) {
      let part = buffer.address(at: piece.offset)
      try checked(
        cmpi_reduce(
          rank == root ? cmpi_in_place() : UnsafeRawPointer(part), rank == root ? part : nil,
          piece.count, Element.mpiType.raw, reduction.raw, cRoot, raw),
        "MPI_Reduce", "\(reduction) of \(buffer.count) \(Element.self) to rank \(root)")
    }
  }

  /// Reduces the ranks' `values` element by element into the root's, in place; other ranks' stay as
  /// they are.
  ///
  /// Collective, blocking. Corresponds to `MPI_Reduce`.
  public func reduce<Element: MPIScalar>(
    _ values: inout [Element], _ reduction: Reduction, to root: Int = 0
  ) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try reduce(buffer, reduction, to: root)
    }
  }
}
