internal import CMPI

extension Communicator {
  /// Sends one message and receives another, in whichever order works: two ranks that exchange
  /// never block each other.
  ///
  /// Blocks until both are done. Corresponds to `MPI_Sendrecv` (MPI 3.1, section 3.10). The buffers
  /// must not overlap.
  @discardableResult
  public func sendReceive<Element: MPIScalar, Received: MPIScalar>(
    _ buffer: UnsafeBufferPointer<Element>, to destination: Int,
    into target: UnsafeMutableBufferPointer<Received>, from source: Int?, tag: Int = 0
  ) throws(MPIError) -> Status {
    let function: StaticString = "MPI_Sendrecv"
    let (to, from) = (
      try rankArgument(destination, function), try sourceArgument(source, function)
    )
    let tag = try tagArgument(tag, function)
    let sent = try MessageType(of: Element.mpiType.raw, count: buffer.count, limit: pieceLimit)
    let received = try MessageType(of: Received.mpiType.raw, count: target.count, limit: pieceLimit)
    var status = cmpi_status()
    Traffic.note(buffer)
    try checked(
      cmpi_sendrecv(
        buffer.address(), sent.count, sent.raw, to, tag,
        target.address(), received.count, received.raw, from, tag, raw, &status),
      function,
      "exchanging \(buffer.count) \(Element.self) with rank \(destination)"
    )
    return try Status(status)
  }

  /// Sends `values` and receives into the front of `target`; see the form for unsafe buffers.
  @discardableResult
  public func sendReceive<Element: MPIScalar, Received: MPIScalar>(
    _ values: [Element], to destination: Int, into target: inout [Received], from source: Int?,
    tag: Int = 0
  ) throws(MPIError) -> Status {
    try values.withUnsafeBufferPointer { (sent) throws(MPIError) in
      try target.withUnsafeMutableBufferPointer { (received) throws(MPIError) in
        try sendReceive(sent, to: destination, into: received, from: source, tag: tag)
      }
    }
  }
}
