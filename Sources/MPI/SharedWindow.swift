internal import CMPI

/// Memory that the ranks of one host share: each rank has a segment, and reads and writes all of
/// them directly.
///
/// The communicator must not reach beyond a host: take it from ``Communicator/node()``. Accesses
/// are plain loads and stores; ``synchronize()`` orders them between ranks. Every segment begins at
/// a multiple of 64 bytes in its owner's address space, which the library does not promise.
///
/// The memory is given back by ``free()``, which all ranks call together, and not with the last
/// reference: freeing waits for the other ranks, and must not do so while an error takes one rank
/// out of the program. A window that is never freed lasts until the process ends.
///
/// Corresponds to `MPI_Win_allocate_shared` (MPI 3.1, section 11.2.3).
public final class SharedWindow<Element: BitwiseCopyable>: @unchecked Sendable {
  // Sendable: all properties but the handle are immutable, and `free()` is collective and last by
  // contract.
  private var window: cmpi_win
  private let segments: [UnsafeMutableBufferPointer<Element>]
  /// The ranks that share the memory.
  public let communicator: Communicator

  /// Allocates a segment of `count` elements, all bits zero, for this rank; counts may differ
  /// between ranks.
  ///
  /// Collective, blocking.
  ///
  /// - Throws: `MPI_ERR_RMA_SHARED` when the ranks are not on one host, `MPI_ERR_NO_MEM` when
  ///   `/dev/shm` is too small.
  public init(on communicator: Communicator, count: Int) throws(MPIError) {
    let function: StaticString = "MPI_Win_allocate_shared"
    let alignment = Buffer<Element>.alignment
    let stride = MemoryLayout<Element>.stride
    guard count >= 0, count <= (Int.max - 2 * alignment) / stride else {
      throw communicator.invalid(.MPI_ERR_COUNT, function, "\(count) elements of \(stride) bytes")
    }
    // The base is aligned to 8 bytes only, so allocate more and begin at the next multiple of 64.
    let byteCount = count * stride + alignment
    var window = cmpi_win_null()
    var base: UnsafeMutableRawPointer?
    try communicator.checked(
      cmpi_win_allocate_shared(Int64(byteCount), communicator.raw, &base, &window), function,
      "a segment of \(byteCount) bytes")
    guard let base else {
      throw communicator.invalid(.MPI_ERR_NO_MEM, function, "no memory for a segment")
    }
    base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)

    // The owner says where its segment begins: another rank sees the same bytes at another address.
    let padding = (alignment - Int(bitPattern: base) % alignment) % alignment
    let layout = try communicator.allGather([padding, count])
    var segments: [UnsafeMutableBufferPointer<Element>] = []
    for rank in 0..<communicator.size {
      var start: UnsafeMutableRawPointer?
      try communicator.checked(
        cmpi_win_shared_query(window, Int32(rank), &start), "MPI_Win_shared_query", "rank \(rank)")
      guard let start else {
        throw communicator.invalid(.MPI_ERR_WIN, "MPI_Win_shared_query", "no segment of \(rank)")
      }
      let (padding, count) = (layout[2 * rank], layout[2 * rank + 1])
      let first = (start + padding).bindMemory(to: Element.self, capacity: count)
      segments.append(UnsafeMutableBufferPointer(start: first, count: count))
    }
    // One access epoch for the window's whole life: loads and stores need nothing more than
    // synchronize().
    try communicator.checked(cmpi_win_lock_all(window), "MPI_Win_lock_all", "")
    self.window = window
    self.segments = segments
    self.communicator = communicator
    try synchronize()
  }

  /// This rank's own segment.
  public var local: UnsafeMutableBufferPointer<Element> { segments[communicator.rank] }

  /// The segment of `rank`, as this process sees it; valid until ``free()``.
  public func segment(of rank: Int) -> UnsafeMutableBufferPointer<Element> {
    precondition(rank >= 0 && rank < segments.count, "rank \(rank) of \(segments.count)")
    return segments[rank]
  }

  /// Waits for all ranks; what any rank wrote before is seen by all ranks after.
  ///
  /// Collective, blocking. Corresponds to `MPI_Win_sync`, `MPI_Barrier`, `MPI_Win_sync` (MPI 3.1,
  /// section 11.5.4).
  public func synchronize() throws(MPIError) {
    try communicator.checked(cmpi_win_sync(window), "MPI_Win_sync", "")
    try communicator.barrier()
    try communicator.checked(cmpi_win_sync(window), "MPI_Win_sync", "")
  }

  /// Gives the memory back. No segment may be used afterwards.
  ///
  /// Collective, blocking. Corresponds to `MPI_Win_free` (MPI 3.1, section 11.2.5).
  public func free() throws(MPIError) {
    try communicator.checked(cmpi_win_unlock_all(window), "MPI_Win_unlock_all", "")
    try communicator.checked(cmpi_win_free(&window), "MPI_Win_free", "")
  }
}
