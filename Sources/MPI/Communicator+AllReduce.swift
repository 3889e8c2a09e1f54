internal import CMPI

extension Communicator {
  /// Reduces the ranks' buffers element by element; all ranks get the result, in place.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allreduce` (MPI 3.1, section 5.9.6). Every rank
  /// passes the same size.
  public func allReduce<Element: MPIScalar>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ reduction: Reduction
  ) throws(MPIError) {
    for piece in pieces(of: buffer.count) {
      try checked(
        cmpi_allreduce(
          cmpi_in_place(), buffer.address(at: piece.offset), piece.count, Element.mpiType.raw,
          reduction.raw, raw),
        "MPI_Allreduce", "\(reduction) of \(buffer.count) \(Element.self)")
    }
  }

  /// Reduces the ranks' `source` into `target` on all ranks; both have the same size and do not
  /// overlap.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allreduce`.
  public func allReduce<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>,
    _ reduction: Reduction
  ) throws(MPIError) {
    try require("the target", has: target.count, expected: source.count, "MPI_Allreduce")
    for piece in pieces(of: source.count) {
      try checked(
        cmpi_allreduce(
          source.address(at: piece.offset), target.address(at: piece.offset), piece.count,
          Element.mpiType.raw, reduction.raw, raw),
        "MPI_Allreduce", "\(reduction) of \(source.count) \(Element.self)")
    }
  }

  /// Reduces the ranks' `values` element by element; all ranks get the result, in place.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allreduce`.
  public func allReduce<Element: MPIScalar>(
    _ values: inout [Element], _ reduction: Reduction
  ) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try allReduce(buffer, reduction)
    }
  }

  /// The reduction of the ranks' `value`, on all ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allreduce`.
  public func allReduce<Element: MPIScalar>(
    _ value: Element, _ reduction: Reduction
  ) throws(MPIError) -> Element {
    var value = value
    try withUnsafeMutablePointer(to: &value) { (pointer) throws(MPIError) in
      try allReduce(UnsafeMutableBufferPointer(start: pointer, count: 1), reduction)
    }
    return value
  }

  /// Starts a reduction in place; the caller leaves `buffer` alone until the request is complete.
  ///
  /// Collective, does not block. Corresponds to `MPI_Iallreduce` (MPI 3.1, section 5.12.7).
  public func startAllReduce<Element: MPIScalar>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ reduction: Reduction
  ) throws(MPIError) -> Request<UnsafeMutableBufferPointer<Element>> {
    Request(try startAllReduceHandle(buffer, reduction), returning: buffer)
  }

  /// Starts a reduction in place; the request owns `buffer` until it is complete.
  ///
  /// Collective, does not block. Corresponds to `MPI_Iallreduce` (MPI 3.1, section 5.12.7).
  public func startAllReduce<Element: MPIScalar>(
    _ buffer: consuming Buffer<Element>, _ reduction: Reduction
  ) throws(MPIError) -> Request<Buffer<Element>> {
    Request(try startAllReduceHandle(buffer.memory, reduction), returning: buffer)
  }

  /// Starts reducing `buffer` in place, one slot of `requests` a piece; see Note [Large counts].
  ///
  /// Collective, does not block. The caller leaves the buffer alone until all of them have ended.
  /// Corresponds to `MPI_Iallreduce` (MPI 3.1, section 5.12.8).
  public func startAllReduce<Element: MPIScalar>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ reduction: Reduction,
    in requests: inout RequestSet
  ) throws(MPIError) {
    for piece in pieces(of: buffer.count) {
      let slot = requests.freeSlot(nil)
      try checked(
        cmpi_iallreduce(
          cmpi_in_place(), buffer.address(at: piece.offset), piece.count, Element.mpiType.raw,
          reduction.raw, raw, slot.address),
        "MPI_Iallreduce", "\(reduction) of \(buffer.count) \(Element.self)")
    }
  }

  private func startAllReduceHandle<Element: MPIScalar>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ reduction: Reduction
  ) throws(MPIError) -> RequestHandle {
    try startPieces(of: buffer.count, "MPI_Iallreduce") { piece, request in
      cmpi_iallreduce(
        cmpi_in_place(), buffer.address(at: piece.offset), piece.count, Element.mpiType.raw,
        reduction.raw, raw, request)
    }
  }
}
