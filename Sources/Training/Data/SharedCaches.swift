import Datasets
import MPI

/// Samples in memory that the ranks of a node share.
struct SharedCaches {
  /// Kept for as long as the process lives: giving the memory back would be collective.
  private var windows: [SharedWindow<UInt64>] = []

  /// Moves the splits that fit into the memory of all ranks of a node together into a shared window.
  /// Collective.
  init(_ sources: [any SampleSource], byteLimit: Int, on world: Communicator) throws {
    let node = try world.node()
    guard node.size > 1 else { return }
    for source in sources {
      guard let byteCount = source.residentByteCount, byteCount <= byteLimit * node.size else {
        continue
      }
      let count = node.isRoot ? (byteCount + 7) / 8 : 0
      let window = try SharedWindow<UInt64>(on: node, count: count)
      try node.barrier()
      if let base = window.segment(of: 0).baseAddress {
        source.share(UnsafeMutableRawPointer(base))
      }
      windows.append(window)
    }
  }
}
