internal import MPI

/// Which memory of the window each rank wants reduced, as all ranks see it.
///
/// Regions are allocated on demand. A rank says where its parts and its result lie as a region and
/// an offset, since addresses differ between processes.
final class WindowDirectory {
  private let communicator: Communicator
  private let partCounts: [Int]
  private var regions: [WindowMemory] = []
  private let memory: WindowMemory
  /// Of each rank, two numbers for the result and for each part: region, or minus one, and offset.
  private let entries: [UnsafeMutablePointer<Int>]

  /// Collective.
  init(on node: Communicator, partCounts: [Int]) throws(MPIError) {
    communicator = node
    self.partCounts = partCounts
    // Whole pairs of cache lines, so that ranks do not write next to each other.
    let byteCount = (16 * (partCounts[node.rank] + 1) + 127) / 128 * 128
    memory = try WindowMemory(on: node, byteCount: byteCount)
    entries = memory.bases.enumerated().map { rank, base in
      base.bindMemory(to: Int.self, capacity: 2 * (partCounts[rank] + 1))
    }
  }

  /// Zeros in the window. Collective.
  func memory(byteCount: Int) throws(MPIError) -> UnsafeMutableRawPointer {
    let region = try WindowMemory(on: communicator, byteCount: byteCount)
    regions.append(region)
    return region.bases[communicator.rank]
  }

  /// Says where this rank's parts and result are.
  func publish(
    _ parts: UnsafePointer<UnsafeMutableRawPointer?>, _ result: UnsafeMutableRawPointer,
    byteCount: Int
  ) {
    publish(result, byteCount, at: 0)
    for index in 0..<partCounts[communicator.rank] {
      publish(parts[index], byteCount, at: index + 1)
    }
  }

  /// Whether all ranks' parts and results lie in the window.
  var isEverythingInWindow: Bool {
    for rank in 0..<entries.count {
      for index in 0...partCounts[rank] where entries[rank][2 * index] < 0 { return false }
    }
    return true
  }

  /// Where the result of a rank lies.
  func result(of rank: Int) -> UnsafeMutableRawPointer { address(0, of: rank) }

  /// Where a part of a rank lies.
  func part(_ index: Int, of rank: Int) -> UnsafeMutableRawPointer { address(index + 1, of: rank) }

  private func address(_ index: Int, of rank: Int) -> UnsafeMutableRawPointer {
    let (region, offset) = (entries[rank][2 * index], entries[rank][2 * index + 1])
    return regions[region].bases[rank] + offset
  }

  private func publish(_ start: UnsafeMutableRawPointer?, _ byteCount: Int, at index: Int) {
    let entry = entries[communicator.rank] + 2 * index
    entry[0] = -1
    guard let start else { return }
    for number in 0..<regions.count {
      let base = regions[number].bases[communicator.rank]
      guard start >= base, start + byteCount <= base + regions[number].byteCount else { continue }
      entry[0] = number
      entry[1] = start - base
    }
  }
}
