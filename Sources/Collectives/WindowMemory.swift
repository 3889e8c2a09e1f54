internal import MPI

/// Bytes in shared memory: a segment of each rank, and where this process sees them.
final class WindowMemory {
  /// Where each rank's segment begins, at a multiple of 64 bytes.
  let bases: [UnsafeMutableRawPointer]
  /// Bytes of this rank's segment.
  let byteCount: Int
  private let window: SharedWindow<UInt8>

  /// A segment of `byteCount` zeros for this rank, which lasts as long as the process. Collective.
  init(on node: Communicator, byteCount: Int) throws(MPIError) {
    let window = try SharedWindow<UInt8>(on: node, count: max(byteCount, 64))
    self.window = window
    self.byteCount = byteCount
    bases = (0..<node.size).compactMap { rank in
      UnsafeMutableRawPointer(window.segment(of: rank).baseAddress)
    }
    precondition(bases.count == node.size, "a segment of shared memory is empty")
  }
}

/// The slices of a buffer, one for each lane: as equal as whole cache lines allow, the last ones
/// shorter or empty. No two ranks write to one line of an aligned buffer.
struct WindowSlices {
  private let byteCount: Int
  private let length: Int
  private let lanes: Int

  init(byteCount: Int, lanes: Int) {
    self.byteCount = byteCount
    self.lanes = lanes
    length = ((byteCount + lanes - 1) / lanes + 63) / 64 * 64
  }

  /// The bytes of a rank; none where there is no lane.
  subscript(rank: Int) -> Range<Int> {
    guard rank < lanes else { return 0..<0 }
    return min(rank * length, byteCount)..<min((rank + 1) * length, byteCount)
  }
}
