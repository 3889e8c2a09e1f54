internal import MPI

/// Places in shared memory through which buffers from elsewhere pass; see Note [Staging].
///
/// Each rank has three places, each with room for a piece of every part of its own and for the sum
/// of a slice.
final class WindowStaging<Element: Summable> {
  /// Elements of a piece.
  let room: Int
  private let communicator: Communicator
  private let window: SharedWindow<Element>
  private let partCounts: [Int]
  private let lanes: Int
  private let sumRoom: Int
  private var place = 0

  /// Collective.
  init(
    on node: Communicator, partCounts: [Int], lanes: Int, room: Int
  ) throws(MPIError) {
    communicator = node
    let line = max(64 / MemoryLayout<Element>.stride, 1)
    self.room = (room + line - 1) / line * line
    self.partCounts = partCounts
    self.lanes = lanes
    sumRoom = WindowSlices<Element>(count: self.room, lanes: lanes)[0].count
    window = try SharedWindow(
      on: node, count: 3 * (partCounts[node.rank] * self.room + sumRoom))
  }

  /// Goes on to the next place.
  func next() { place = (place + 1) % 3 }

  /// The memory of a rank's part.
  func part(_ index: Int, of rank: Int) -> UnsafeMutablePointer<Element> {
    base(of: rank, place) + index * room
  }

  /// The memory of a rank's sum.
  func sum(of rank: Int, _ count: Int) -> UnsafeMutableBufferPointer<Element> {
    sum(of: rank, count, place)
  }

  /// Copies `range` of this rank's parts in.
  func copyIn(
    _ parts: UnsafeBufferPointer<UnsafeMutableBufferPointer<Element>>, _ range: Range<Int>
  ) {
    for (index, part) in parts.enumerated() {
      guard let source = part.part(range).baseAddress else { continue }
      self.part(index, of: communicator.rank).update(from: source, count: range.count)
    }
  }

  /// Copies the sums of all ranks, as they stood some places ago, out.
  func copyOut(to target: UnsafeMutableBufferPointer<Element>, placesBack: Int) {
    let slices = WindowSlices<Element>(count: target.count, lanes: lanes)
    for rank in 0..<lanes {
      let slice = slices[rank]
      let sum = sum(of: rank, slice.count, (place + 3 - placesBack) % 3)
      guard !slice.isEmpty, let source = sum.baseAddress else { continue }
      target.part(slice).baseAddress?.update(from: source, count: slice.count)
    }
  }

  private func base(of rank: Int, _ place: Int) -> UnsafeMutablePointer<Element> {
    let length = partCounts[rank] * room + sumRoom
    let segment = window.segment(of: rank)
    guard let base = segment.baseAddress, segment.count == 3 * length else {
      preconditionFailure("rank \(rank) stages \(segment.count) elements, not 3 x \(length)")
    }
    return base + place * length
  }

  private func sum(
    of rank: Int, _ count: Int, _ place: Int
  ) -> UnsafeMutableBufferPointer<Element> {
    precondition(count <= sumRoom, "a slice of \(count) where \(sumRoom) have room")
    return UnsafeMutableBufferPointer(
      start: base(of: rank, place) + partCounts[rank] * room, count: count)
  }
}
