internal import MPI

/// Which memory of the window each rank wants reduced, as all ranks see it.
///
/// Regions are allocated on demand. A rank says where its parts and its result lie as a region and
/// an offset, since addresses differ between processes.
final class WindowDirectory<Element: Summable> {
  private let communicator: Communicator
  private let partCounts: [Int]
  private var regions: [SharedWindow<Element>] = []
  /// Two numbers for the result and for each part: region, or minus one, and offset.
  private let entries: SharedWindow<Int>

  /// Collective.
  init(on node: Communicator, partCounts: [Int]) throws(MPIError) {
    communicator = node
    self.partCounts = partCounts
    // Whole pairs of cache lines, so that ranks do not write next to each other.
    let count = 2 * (partCounts[node.rank] + 1)
    entries = try SharedWindow(on: node, count: (count + 15) / 16 * 16)
  }

  /// Memory of `count` zeros in the window. Collective.
  func memory(count: Int) throws(MPIError) -> UnsafeMutableBufferPointer<Element> {
    let region = try SharedWindow<Element>(on: communicator, count: max(count, 1))
    regions.append(region)
    return region.local.part(0..<count)
  }

  /// Says where this rank's parts and result are.
  func publish(
    _ parts: UnsafeBufferPointer<UnsafeMutableBufferPointer<Element>>,
    _ result: UnsafeMutableBufferPointer<Element>
  ) {
    let entries = entries.local
    write(result, to: entries, 0)
    for (index, memory) in parts.enumerated() { write(memory, to: entries, index + 1) }
  }

  /// Whether all ranks' parts and results lie in the window.
  var isEverythingInWindow: Bool {
    for rank in 0..<communicator.size {
      let entries = entries.segment(of: rank)
      for index in 0...partCounts[rank] where entries[2 * index] < 0 { return false }
    }
    return true
  }

  /// Where the result of a rank lies.
  func result(of rank: Int) -> UnsafeMutablePointer<Element> { address(0, of: rank) }

  /// Where a part of a rank lies.
  func part(_ index: Int, of rank: Int) -> UnsafeMutablePointer<Element> {
    address(index + 1, of: rank)
  }

  private func address(_ index: Int, of rank: Int) -> UnsafeMutablePointer<Element> {
    let entries = entries.segment(of: rank)
    let (region, offset) = (entries[2 * index], entries[2 * index + 1])
    guard let base = regions[region].segment(of: rank).baseAddress else {
      preconditionFailure("region \(region) of rank \(rank) is empty")
    }
    return base + offset
  }

  private func write(
    _ memory: UnsafeMutableBufferPointer<Element>, to entries: UnsafeMutableBufferPointer<Int>,
    _ index: Int
  ) {
    entries[2 * index] = -1
    guard let start = memory.baseAddress else { return }
    for (number, region) in regions.enumerated() {
      let local = region.local
      guard let base = local.baseAddress, start >= base,
        start + memory.count <= base + local.count
      else { continue }
      entries[2 * index] = number
      entries[2 * index + 1] = start - base
    }
  }
}
