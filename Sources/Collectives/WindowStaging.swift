internal import MPI

/// Places in shared memory through which buffers from elsewhere pass; see Note [Staging].
///
/// Each rank has three places, each with room for a piece of every part of its own and for the sum
/// of a slice.
final class WindowStaging {
  /// Bytes of a piece.
  let room: Int
  private let rank: Int
  private let memory: WindowMemory
  private let partCounts: [Int]
  private let lanes: Int
  private let sumRoom: Int
  private var place = 0

  /// Collective.
  init(on node: Communicator, partCounts: [Int], lanes: Int, room: Int) throws(MPIError) {
    rank = node.rank
    self.room = (room + 63) / 64 * 64
    self.partCounts = partCounts
    self.lanes = lanes
    sumRoom = WindowSlices(byteCount: self.room, lanes: lanes)[0].count
    memory = try WindowMemory(
      on: node, byteCount: 3 * (partCounts[node.rank] * self.room + sumRoom))
  }

  /// Goes on to the next place.
  func next() { place = (place + 1) % 3 }

  /// The memory of a rank's part.
  func part(_ index: Int, of rank: Int) -> UnsafeMutableRawPointer {
    base(of: rank, place) + index * room
  }

  /// The memory of a rank's sum.
  func sum(of rank: Int) -> UnsafeMutableRawPointer { sum(of: rank, place) }

  /// Copies the bytes of `range` of this rank's parts in.
  func copyIn(_ parts: UnsafePointer<UnsafeMutableRawPointer?>, _ range: Range<Int>) {
    for index in 0..<partCounts[rank] {
      guard let source = parts[index] else { continue }
      part(index, of: rank).copyMemory(
        from: source + range.lowerBound, byteCount: range.count)
    }
  }

  /// Copies the sums of all ranks, as they stood in the place before, to the bytes of `range`.
  func copyOut(to target: UnsafeMutableRawPointer, _ range: Range<Int>) {
    let slices = WindowSlices(byteCount: range.count, lanes: lanes)
    for rank in 0..<lanes {
      let slice = slices[rank]
      (target + range.lowerBound + slice.lowerBound).copyMemory(
        from: sum(of: rank, (place + 2) % 3), byteCount: slice.count)
    }
  }

  private func base(of rank: Int, _ place: Int) -> UnsafeMutableRawPointer {
    memory.bases[rank] + place * (partCounts[rank] * room + sumRoom)
  }

  private func sum(of rank: Int, _ place: Int) -> UnsafeMutableRawPointer {
    base(of: rank, place) + partCounts[rank] * room
  }
}
