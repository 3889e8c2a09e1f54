internal import MPI

/// How the ranks of a node add up buffers in shared memory: what all algorithms with a window share.
///
/// Each rank brings some parts, such as its gradients, and wants the sum in its result. Rank r
/// (if it has a lane) adds up slice r of all parts of all ranks in a fixed order and writes it to
/// the results of all:
///
///     P = 3      slice 0   slice 1   slice 2
///     rank 0     a0 ┐      a1 ┐      a2 ┐
///     rank 1     b0 ┤      b1 ┤      b2 ┤
///     rank 2     c0 ┘      c1 ┘      c2 ┘
///           rank 0 │  rank 1 │  rank 2 │    adds up, and writes to all ranks
///                abc0      abc1      abc2
///
/// There are three ways, which the ranks choose alike:
///
/// - **in place**, when all parts and results lie in the window: each rank reads N bytes and writes
///   N bytes, the least a node can do. Two phases.
/// - **staged**, when some do not: pieces go through a staging area that stays in the cache. Each
///   rank moves another 2 N bytes in and 2 N out. One phase a piece; see Note [Staging].
/// - **direct**, for a few kilobytes: each rank copies its parts to the staging area, and every rank
///   adds up everything for itself. P N bytes read by each rank, and one phase.
final class WindowExchange<Element: Summable> {
  /// What happens to a slice between its sum on the node and its way to the node's results.
  typealias Combine = (UnsafeMutableBufferPointer<Element>) throws(MPIError) -> Void

  let communicator: Communicator
  private let configuration: Configuration
  private let flags: WindowFlags
  private let directory: WindowDirectory<Element>
  private let staging: WindowStaging<Element>
  private let summation: OrderedSummation<Element>

  /// The shape of an exchange.
  struct Configuration {
    /// The numbers of each rank's parts among those of all.
    var owned: [Range<Int>]
    var order: SumOrder
    /// The ranks that add up a slice: those below.
    var lanes: Int
    /// Bytes of a part that pass through the staging area at a time.
    var stagingBytes: Int
    /// Bytes up to which every rank adds up everything.
    var directBytes: Int
  }

  /// Collective.
  init(on node: Communicator, _ configuration: Configuration) throws(MPIError) {
    communicator = node
    self.configuration = configuration
    let owned = configuration.owned
    flags = try WindowFlags(on: node)
    directory = try WindowDirectory(on: node, partCounts: owned.map(\.count))
    staging = try WindowStaging(
      on: node, partCounts: owned.map(\.count), lanes: configuration.lanes,
      room: max(configuration.stagingBytes / MemoryLayout<Element>.stride, 64))
    summation = OrderedSummation(configuration.order, targetCount: node.size)
  }

  /// Memory of `count` zeros in the window. Collective.
  func memory(count: Int) throws(MPIError) -> UnsafeMutableBufferPointer<Element> {
    try directory.memory(count: count)
  }

  /// Writes `factor` times the sum of all ranks' parts to `result` on every rank.
  func allReduce(
    _ parts: UnsafeBufferPointer<UnsafeMutableBufferPointer<Element>>,
    into result: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator,
    combine: Combine? = nil
  ) throws(MPIError) {
    let count = result.count
    precondition(
      parts.count == configuration.owned[communicator.rank].count, "\(parts.count) parts given")
    for part in parts {
      precondition(part.count == count, "a part of \(part.count) for \(count) sums")
    }
    guard count > 0 else { return }
    if count * MemoryLayout<Element>.stride <= configuration.directBytes && count <= staging.room {
      return try direct(parts, into: result, scaledBy: factor)
    }
    directory.publish(parts, result)
    flags.advance()
    try flags.waitForAll()
    if directory.isEverythingInWindow {
      try inPlace(count, scaledBy: factor, combine)
    } else {
      try staged(parts, into: result, scaledBy: factor, combine)
    }
  }
}

// MARK: - The three ways

extension WindowExchange {
  private func direct(
    _ parts: UnsafeBufferPointer<UnsafeMutableBufferPointer<Element>>,
    into result: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    staging.copyIn(parts, 0..<result.count)
    flags.advance()
    try flags.waitForAll()
    point(at: 0)
    summation.targets[0] = result.baseAddress
    summation.run(targetCount: 1, scaledBy: factor, count: result.count)
    staging.next()
  }

  private func inPlace(
    _ count: Int, scaledBy factor: Element.Accumulator, _ combine: Combine?
  ) throws(MPIError) {
    let slice = WindowSlices<Element>(count: count, lanes: configuration.lanes)[communicator.rank]
    for (rank, owned) in configuration.owned.enumerated() {
      for (index, part) in owned.enumerated() {
        summation.sources[part] = UnsafePointer(
          directory.part(index, of: rank).advanced(by: slice.lowerBound))
      }
    }
    if let combine {
      if communicator.rank < configuration.lanes {
        let own = directory.result(of: communicator.rank) + slice.lowerBound
        summation.targets[0] = own
        summation.run(targetCount: 1, scaledBy: 1, count: slice.count)
        try combine(UnsafeMutableBufferPointer(start: own, count: slice.count))
        for rank in 0..<communicator.size where rank != communicator.rank {
          (directory.result(of: rank) + slice.lowerBound).update(from: own, count: slice.count)
        }
      }
    } else {
      for rank in 0..<communicator.size {
        summation.targets[rank] = directory.result(of: rank) + slice.lowerBound
      }
      summation.run(targetCount: communicator.size, scaledBy: factor, count: slice.count)
    }
    flags.advance()
    try flags.waitForAll()
  }

  // Note [Staging]: piece c goes through place c mod 3 of the staging area. Before a rank waits for
  // phase c it has copied piece c in, added up its slice of piece c - 1, and copied the sum of piece
  // c - 2 out. So after the wait piece c may be added up, the sum of c - 1 copied out, and piece c +
  // 1 copied into the place of c - 2, which nobody needs any more. One wait for each piece. Places
  // are counted through from call to call, so that the last pieces need no wait of their own.
  private func staged(
    _ parts: UnsafeBufferPointer<UnsafeMutableBufferPointer<Element>>,
    into result: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator,
    _ combine: Combine?
  ) throws(MPIError) {
    let room = staging.room
    let pieces = (result.count + room - 1) / room
    func piece(_ index: Int) -> Range<Int> { index * room..<min((index + 1) * room, result.count) }
    staging.copyIn(parts, piece(0))
    flags.advance()
    for index in 0...pieces {
      try flags.waitForAll()
      if index > 0 { staging.copyOut(to: result.part(piece(index - 1)), placesBack: 1) }
      guard index < pieces else { break }
      let range = piece(index)
      let slices = WindowSlices<Element>(count: range.count, lanes: configuration.lanes)
      let slice = slices[communicator.rank]
      if communicator.rank < configuration.lanes {
        point(at: slice.lowerBound)
        let sum = staging.sum(of: communicator.rank, slice.count)
        summation.targets[0] = sum.baseAddress
        summation.run(targetCount: 1, scaledBy: combine == nil ? factor : 1, count: slice.count)
        try combine?(sum)
      }
      staging.next()
      if index + 1 < pieces { staging.copyIn(parts, piece(index + 1)) }
      flags.advance()
    }
  }

  /// Sets the sources to `offset` in the staging area.
  private func point(at offset: Int) {
    for (rank, owned) in configuration.owned.enumerated() {
      for (index, part) in owned.enumerated() {
        summation.sources[part] = UnsafePointer(staging.part(index, of: rank) + offset)
      }
    }
  }
}

/// The slices of a buffer, one for each lane: as equal as whole cache lines allow, the last ones
/// shorter or empty. No two ranks write to one line of an aligned buffer.
struct WindowSlices<Element> {
  private let count: Int
  private let length: Int
  private let lanes: Int

  init(count: Int, lanes: Int) {
    let line = max(64 / MemoryLayout<Element>.stride, 1)
    self.count = count
    self.lanes = lanes
    length = ((count + lanes - 1) / lanes + line - 1) / line * line
  }

  /// The slice of a rank; empty where there is no lane.
  subscript(rank: Int) -> Range<Int> {
    guard rank < lanes else { return 0..<0 }
    return min(rank * length, count)..<min((rank + 1) * length, count)
  }
}
