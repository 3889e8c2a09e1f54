/// A started operation that owns what it works on.
///
/// A request exists once (`~Copyable`). ``wait()`` ends it and hands the payload back: a
/// ``Buffer``, so that using it in flight does not compile, or an unsafe pointer for callers who
/// place memory themselves and promise to leave it alone. A request that is dropped before it is
/// complete traps and names the operation: the library would go on writing into memory that is no
/// longer there.
public struct Request<Payload: ~Copyable>: ~Copyable {
  var handle: RequestHandle
  var payload: Payload

  init(_ handle: consuming RequestHandle, returning payload: consuming Payload) {
    self.handle = handle
    self.payload = payload
  }

  /// Whether the operation has ended; also gives the library a chance to progress.
  ///
  /// Does not block. Corresponds to `MPI_Test` (MPI 3.1, section 3.7.3).
  public mutating func isComplete() throws(MPIError) -> Bool { try handle.isComplete() }

  /// Blocks until the operation has ended, and gives the payload back.
  ///
  /// Corresponds to `MPI_Wait` (MPI 3.1, section 3.7.3).
  public consuming func wait() throws(MPIError) -> Payload {
    try handle.wait()
    return payload
  }

  /// Blocks until a started receive has ended; gives the payload back, and tells what was received.
  public consuming func wait(_ status: inout Status?) throws(MPIError) -> Payload {
    try handle.wait()
    status = try handle.receivedStatus()
    return payload
  }
}
