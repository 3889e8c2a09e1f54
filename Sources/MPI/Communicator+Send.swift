internal import CMPI

extension Communicator {
  /// Sends the elements of `buffer` to `destination`.
  ///
  /// Blocks until `buffer` may be changed, which can be before the message arrives. A message
  /// without elements is still a message. Corresponds to `MPI_Send` (MPI 3.1, section 3.2.1).
  public func send<Element: MPIScalar>(
    _ buffer: UnsafeBufferPointer<Element>, to destination: Int, tag: Int = 0
  ) throws(MPIError) {
    let peer = try rankArgument(destination, "MPI_Send")
    let tag = try tagArgument(tag, "MPI_Send")
    let type = try MessageType(of: Element.mpiType.raw, count: buffer.count, limit: pieceLimit)
    Traffic.note(buffer)
    try checked(
      cmpi_send(buffer.address(), type.count, type.raw, peer, tag, raw), "MPI_Send",
      "sending \(buffer.count) \(Element.self) to rank \(destination), tag \(tag)")
  }

  /// Sends `values` to `destination`; see the form for unsafe buffers.
  public func send<Element: MPIScalar>(
    _ values: [Element], to destination: Int, tag: Int = 0
  ) throws(MPIError) {
    try values.withUnsafeBufferPointer { (buffer) throws(MPIError) in
      try send(buffer, to: destination, tag: tag)
    }
  }

  /// Starts sending `buffer`, which the caller leaves unchanged until the request is complete.
  ///
  /// Does not block. Corresponds to `MPI_Isend` (MPI 3.1, section 3.7.2).
  public func startSend<Element: MPIScalar>(
    _ buffer: UnsafeBufferPointer<Element>, to destination: Int, tag: Int = 0
  ) throws(MPIError) -> Request<UnsafeBufferPointer<Element>> {
    var request = cmpi_request_null()
    try startSend(buffer, to: destination, tag: tag, &request)
    return Request(RequestHandle(request, of: "MPI_Isend"), returning: buffer)
  }

  /// Starts sending `buffer`, which the request owns until it is complete.
  ///
  /// Does not block. Corresponds to `MPI_Isend` (MPI 3.1, section 3.7.2).
  public func startSend<Element: MPIScalar>(
    _ buffer: consuming Buffer<Element>, to destination: Int, tag: Int = 0
  ) throws(MPIError) -> Request<Buffer<Element>> {
    var request = cmpi_request_null()
    try startSend(UnsafeBufferPointer(buffer.memory), to: destination, tag: tag, &request)
    return Request(RequestHandle(request, of: "MPI_Isend"), returning: buffer)
  }

  /// Starts sending `buffer` in `slot`, or a free slot, of `requests`; returns the slot's index.
  /// Does not block or allocate.
  @discardableResult
  public func startSend<Element: MPIScalar>(
    _ buffer: UnsafeBufferPointer<Element>, to destination: Int, tag: Int = 0,
    in requests: inout RequestSet, at slot: Int? = nil
  ) throws(MPIError) -> Int {
    let slot = requests.freeSlot(slot)
    try startSend(buffer, to: destination, tag: tag, slot.address)
    return slot.index
  }

  private func startSend<Element: MPIScalar>(
    _ buffer: UnsafeBufferPointer<Element>, to destination: Int, tag: Int,
    _ request: UnsafeMutablePointer<cmpi_request>
  ) throws(MPIError) {
    let peer = try rankArgument(destination, "MPI_Isend")
    let tag = try tagArgument(tag, "MPI_Isend")
    let type = try MessageType(of: Element.mpiType.raw, count: buffer.count, limit: pieceLimit)
    Traffic.note(buffer)
    try checked(
      cmpi_isend(buffer.address(), type.count, type.raw, peer, tag, raw, request), "MPI_Isend",
      "sending \(buffer.count) \(Element.self) to rank \(destination), tag \(tag)")
  }
}
