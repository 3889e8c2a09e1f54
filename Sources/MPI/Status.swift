internal import CMPI

/// What is known of a message that arrived or waits: `MPI_Status` (MPI 3.1, section 3.2.5).
public struct Status: Sendable, Hashable {
  /// The rank that sent the message.
  public let source: Int
  /// The message's tag.
  public let tag: Int
  /// The message's length in bytes.
  public let byteCount: Int

  /// The message's length in elements, or nil when it is not a whole number of them.
  ///
  /// Corresponds to `MPI_Get_count`; large messages are counted as well.
  public func count<Element: MPIScalar>(of type: Element.Type) -> Int? {
    byteCount.isMultiple(of: MemoryLayout<Element>.stride)
      ? byteCount / MemoryLayout<Element>.stride : nil
  }

  init(_ raw: cmpi_status) throws(MPIError) {
    var raw = raw
    var bytes: Int64 = 0
    try check(cmpi_status_bytes(&raw, &bytes), "MPI_Get_elements_x")
    source = Int(cmpi_status_source(&raw))
    tag = Int(cmpi_status_tag(&raw))
    byteCount = Int(bytes)
  }
}
