// Bytes and text, whose lengths the receivers do not know: the length travels first.

extension Communicator {
  /// The root's `bytes`, on all ranks, whatever their number; other ranks' are ignored.
  ///
  /// Collective, blocking. Corresponds to two calls of `MPI_Bcast`.
  public func broadcastBytes(_ bytes: [UInt8], from root: Int = 0) throws(MPIError) -> [UInt8] {
    let count = try broadcast(bytes.count, from: root)
    var bytes = rank == root ? bytes : [UInt8](repeating: 0, count: count)
    try broadcast(&bytes, from: root)
    return bytes
  }

  /// The root's `text`, on all ranks; other ranks' is ignored.
  ///
  /// Collective, blocking. Corresponds to two calls of `MPI_Bcast`.
  public func broadcast(_ text: String, from root: Int = 0) throws(MPIError) -> String {
    String(decoding: try broadcastBytes(Array(text.utf8), from: root), as: UTF8.self)
  }

  /// Each rank's `bytes`, in the order of ranks; nil on ranks other than the root.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allgather` of the lengths and `MPI_Gatherv`.
  public func gatherBytes(_ bytes: [UInt8], to root: Int = 0) throws(MPIError) -> [[UInt8]]? {
    let counts = try allGather([bytes.count])
    guard let packed = try gather(bytes, counts: counts, to: root) else { return nil }
    return unpacked(packed, counts)
  }

  /// Each rank's `text`, in the order of ranks; nil on ranks other than the root.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allgather` of the lengths and `MPI_Gatherv`.
  public func gather(_ text: String, to root: Int = 0) throws(MPIError) -> [String]? {
    try gatherBytes(Array(text.utf8), to: root)?.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Each rank's `bytes`, in the order of ranks, on all ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allgather` of the lengths and `MPI_Allgatherv`.
  public func allGatherBytes(_ bytes: [UInt8]) throws(MPIError) -> [[UInt8]] {
    let counts = try allGather([bytes.count])
    return unpacked(try allGather(bytes, counts: counts), counts)
  }

  /// Each rank's `text`, in the order of ranks, on all ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allgather` of the lengths and `MPI_Allgatherv`.
  public func allGather(_ text: String) throws(MPIError) -> [String] {
    try allGatherBytes(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  private func unpacked(_ packed: [UInt8], _ counts: [Int]) -> [[UInt8]] {
    zip(packedPlaces(counts), counts).map { place, count in Array(packed[place..<place + count]) }
  }
}
