internal import CMPI

extension Communicator {
  /// Receives one message into the front of `buffer`, which may be longer than the message.
  ///
  /// Blocks until the message is there. Corresponds to `MPI_Recv` (MPI 3.1, section 3.2.4).
  ///
  /// - Parameters:
  ///   - source: the sender; nil accepts any rank.
  ///   - tag: the message's tag; nil accepts any.
  /// - Throws: `MPI_ERR_TRUNCATE` when the message is longer than `buffer`.
  @discardableResult
  public func receive<Element: MPIScalar>(
    into buffer: UnsafeMutableBufferPointer<Element>, from source: Int?, tag: Int? = 0
  ) throws(MPIError) -> Status {
    let peer = try sourceArgument(source, "MPI_Recv")
    let cTag = try tagArgument(tag, "MPI_Recv")
    let type = try MessageType(of: Element.mpiType.raw, count: buffer.count, limit: pieceLimit)
    var status = cmpi_status()
    try checked(
      cmpi_recv(buffer.address(), type.count, type.raw, peer, cTag, raw, &status), "MPI_Recv",
      receiving(buffer.count, Element.self, source, tag))
    return try Status(status)
  }

  /// Receives one message into the front of `values`; see the form for unsafe buffers.
  @discardableResult
  public func receive<Element: MPIScalar>(
    into values: inout [Element], from source: Int?, tag: Int? = 0
  ) throws(MPIError) -> Status {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try receive(into: buffer, from: source, tag: tag)
    }
  }

  /// Receives one message of any length.
  ///
  /// Blocks until the message is there. Corresponds to `MPI_Mprobe` and `MPI_Mrecv` (MPI 3.1,
  /// section 3.8.2), so that no other thread can take the message between its size and its data.
  ///
  /// - Throws: `MPI_ERR_TYPE` when the message is not a whole number of elements.
  public func receive<Element: MPIScalar>(
    _ type: Element.Type, from source: Int?, tag: Int? = 0
  ) throws(MPIError) -> (values: [Element], status: Status) {
    var message = cmpi_message()
    var raw = cmpi_status()
    let peer = try sourceArgument(source, "MPI_Mprobe")
    let cTag = try tagArgument(tag, "MPI_Mprobe")
    try checked(
      cmpi_mprobe(peer, cTag, self.raw, &message, &raw), "MPI_Mprobe",
      receiving(nil, Element.self, source, tag))
    let status = try Status(raw)
    // A matched message must be received, even when it turns out to be of another type.
    let stride = MemoryLayout<Element>.stride
    var values = [Element](repeating: Element(), count: (status.byteCount + stride - 1) / stride)
    let bytes = try MessageType(of: cmpi_byte(), count: status.byteCount, limit: pieceLimit)
    let code = values.withUnsafeMutableBytes {
      cmpi_mrecv($0.baseAddress, bytes.count, bytes.raw, &message, &raw)
    }
    try checked(code, "MPI_Mrecv", receiving(values.count, Element.self, source, tag))
    if status.count(of: type) == nil {
      throw invalid(
        .MPI_ERR_TYPE, "MPI_Mrecv",
        "a message of \(status.byteCount) bytes is not a whole number of \(Element.self)")
    }
    return (values, status)
  }

  /// Starts receiving into `buffer`, which the caller leaves alone until the request is complete.
  ///
  /// Does not block. Corresponds to `MPI_Irecv` (MPI 3.1, section 3.7.2).
  public func startReceive<Element: MPIScalar>(
    into buffer: UnsafeMutableBufferPointer<Element>, from source: Int?, tag: Int? = 0
  ) throws(MPIError) -> Request<UnsafeMutableBufferPointer<Element>> {
    var request = cmpi_request_null()
    try startReceive(into: buffer, from: source, tag: tag, &request)
    return Request(RequestHandle(request, of: "MPI_Irecv", isReceive: true), returning: buffer)
  }

  /// Starts receiving into `buffer`, which the request owns until it is complete.
  ///
  /// Does not block. Corresponds to `MPI_Irecv` (MPI 3.1, section 3.7.2).
  public func startReceive<Element: MPIScalar>(
    into buffer: consuming Buffer<Element>, from source: Int?, tag: Int? = 0
  ) throws(MPIError) -> Request<Buffer<Element>> {
    var request = cmpi_request_null()
    try startReceive(into: buffer.memory, from: source, tag: tag, &request)
    return Request(RequestHandle(request, of: "MPI_Irecv", isReceive: true), returning: buffer)
  }

  /// Starts receiving in `slot`, or a free slot, of `requests`; returns the slot's index. Does not
  /// block or allocate.
  @discardableResult
  public func startReceive<Element: MPIScalar>(
    into buffer: UnsafeMutableBufferPointer<Element>, from source: Int?, tag: Int? = 0,
    in requests: inout RequestSet, at slot: Int? = nil
  ) throws(MPIError) -> Int {
    let slot = requests.freeSlot(slot)
    try startReceive(into: buffer, from: source, tag: tag, slot.address)
    return slot.index
  }

  private func startReceive<Element: MPIScalar>(
    into buffer: UnsafeMutableBufferPointer<Element>, from source: Int?, tag: Int?,
    _ request: UnsafeMutablePointer<cmpi_request>
  ) throws(MPIError) {
    let peer = try sourceArgument(source, "MPI_Irecv")
    let cTag = try tagArgument(tag, "MPI_Irecv")
    let type = try MessageType(of: Element.mpiType.raw, count: buffer.count, limit: pieceLimit)
    try checked(
      cmpi_irecv(buffer.address(), type.count, type.raw, peer, cTag, raw, request), "MPI_Irecv",
      receiving(buffer.count, Element.self, source, tag))
  }

  private func receiving<Element>(
    _ count: Int?, _ type: Element.Type, _ source: Int?, _ tag: Int?
  ) -> String {
    let what = count.map { "up to \($0) \(type)" } ?? "\(type)"
    let from = source.map { "rank \($0)" } ?? "any rank"
    return "receiving \(what) from \(from), tag \(tag.map(String.init) ?? "any")"
  }
}
