internal import CMPI

extension Communicator {
  /// Copies the root's elements to all ranks; every rank passes a buffer of the same size.
  ///
  /// Collective, blocking. Corresponds to `MPI_Bcast` (MPI 3.1, section 5.4).
  public func broadcast<Element: MPIScalar>(
    _ buffer: UnsafeMutableBufferPointer<Element>, from root: Int = 0
  ) throws(MPIError) {
    let cRoot = try rootArgument(root, "MPI_Bcast")
    for piece in pieces(of: buffer.count) {
      try checked(
        cmpi_bcast(buffer.address(at: piece.offset), piece.count, Element.mpiType.raw, cRoot, raw),
        "MPI_Bcast", "\(buffer.count) \(Element.self) from rank \(root)")
    }
  }

  /// Copies the root's `values` to all ranks; every rank passes an array of the same size.
  ///
  /// Collective, blocking. Corresponds to `MPI_Bcast`.
  public func broadcast<Element: MPIScalar>(
    _ values: inout [Element], from root: Int = 0
  ) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try broadcast(buffer, from: root)
    }
  }

  /// The root's `value`, on all ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Bcast`.
  public func broadcast<Element: MPIScalar>(
    _ value: Element, from root: Int = 0
  ) throws(MPIError) -> Element {
    var value = value
    try withUnsafeMutablePointer(to: &value) { (pointer) throws(MPIError) in
      try broadcast(UnsafeMutableBufferPointer(start: pointer, count: 1), from: root)
    }
    return value
  }

  /// Starts copying the root's elements to all ranks; the caller leaves `buffer` alone until the
  /// request is complete.
  ///
  /// Collective, does not block. Corresponds to `MPI_Ibcast` (MPI 3.1, section 5.12.2).
  public func startBroadcast<Element: MPIScalar>(
    _ buffer: UnsafeMutableBufferPointer<Element>, from root: Int = 0
  ) throws(MPIError) -> Request<UnsafeMutableBufferPointer<Element>> {
    Request(try startBroadcastHandle(buffer, from: root), returning: buffer)
  }

  /// Starts copying the root's elements to all ranks; the request owns `buffer` until it is
  /// complete.
  ///
  /// Collective, does not block. Corresponds to `MPI_Ibcast` (MPI 3.1, section 5.12.2).
  public func startBroadcast<Element: MPIScalar>(
    _ buffer: consuming Buffer<Element>, from root: Int = 0
  ) throws(MPIError) -> Request<Buffer<Element>> {
    Request(try startBroadcastHandle(buffer.memory, from: root), returning: buffer)
  }

  private func startBroadcastHandle<Element: MPIScalar>(
    _ buffer: UnsafeMutableBufferPointer<Element>, from root: Int
  ) throws(MPIError) -> RequestHandle {
    let cRoot = try rootArgument(root, "MPI_Ibcast")
    return try startPieces(of: buffer.count, "MPI_Ibcast") { piece, request in
      cmpi_ibcast(
        buffer.address(at: piece.offset), piece.count, Element.mpiType.raw, cRoot, raw, request)
    }
  }

  /// Starts a call for each piece of `count` elements; the handle is complete when all of them are.
  func startPieces(
    of count: Int, _ function: StaticString,
    _ start: (_ piece: (offset: Int, count: Int32), UnsafeMutablePointer<cmpi_request>) -> Int32
  ) throws(MPIError) -> RequestHandle {
    var first = cmpi_request_null()
    var rest: [cmpi_request] = []
    for piece in pieces(of: count) {
      var request = cmpi_request_null()
      try checked(start(piece, &request), function, "\(count) elements")
      if piece.offset == 0 { first = request } else { rest.append(request) }
    }
    return RequestHandle(first, and: rest, of: function)
  }
}
