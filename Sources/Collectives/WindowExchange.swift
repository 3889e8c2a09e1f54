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
///
/// All counts are bytes; see Note [Bytes].
final class WindowExchange {
  /// What happens to a slice between its sum on the node and its way to the node's results; gets the
  /// factor too.
  typealias Combine = (UnsafeMutableRawBufferPointer, UnsafeRawPointer) throws(MPIError) -> Void

  let communicator: Communicator
  /// Where this rank's parts begin; set before each call.
  let parts: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let configuration: Configuration
  private let flags: WindowFlags
  private let directory: WindowDirectory
  private let staging: WindowStaging
  private let summation: OrderedSummation

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
    /// Nil where the sum on the node is all.
    var combine: Combine?
  }

  /// Collective.
  init<Element: Summable>(
    of type: Element.Type, on node: Communicator, _ configuration: Configuration
  ) throws(MPIError) {
    communicator = node
    self.configuration = configuration
    let counts = configuration.owned.map(\.count)
    flags = try WindowFlags(on: node)
    directory = try WindowDirectory(on: node, partCounts: counts)
    staging = try WindowStaging(
      on: node, partCounts: counts, lanes: configuration.lanes,
      room: max(configuration.stagingBytes, configuration.directBytes))
    summation = OrderedSummation(of: type, configuration.order, targetCount: node.size)
    parts = .allocate(capacity: max(counts[node.rank], 1))
    parts.initialize(repeating: nil, count: max(counts[node.rank], 1))
  }

  deinit { parts.deallocate() }

  /// Zeros in the window. Collective.
  func memory<Element: Summable>(
    of type: Element.Type, count: Int
  ) throws(MPIError) -> UnsafeMutableBufferPointer<Element> {
    let base = try directory.memory(byteCount: count * MemoryLayout<Element>.stride)
    return UnsafeMutableBufferPointer(
      start: base.bindMemory(to: Element.self, capacity: count), count: count)
  }

  /// Writes the sum of all ranks' parts, times the accumulator at `factor`, to `result` on every
  /// rank.
  func allReduce(
    into result: UnsafeMutableRawPointer, byteCount: Int, scaledBy factor: UnsafeRawPointer
  ) throws(MPIError) {
    guard byteCount > 0 else { return }
    if byteCount <= configuration.directBytes {
      return try direct(into: result, byteCount, factor)
    }
    directory.publish(parts, result, byteCount: byteCount)
    flags.advance()
    try flags.waitForAll()
    if directory.isEverythingInWindow {
      try inPlace(byteCount, factor)
    } else {
      try staged(into: result, byteCount, factor)
    }
  }
}

// MARK: - The three ways

extension WindowExchange {
  private func direct(
    into result: UnsafeMutableRawPointer, _ byteCount: Int, _ factor: UnsafeRawPointer
  ) throws(MPIError) {
    staging.copyIn(parts, 0..<byteCount)
    flags.advance()
    try flags.waitForAll()
    point(at: 0)
    summation.targets[0] = result
    summation.run(targetCount: 1, scaledBy: factor, byteCount: byteCount)
    staging.next()
  }

  private func inPlace(
    _ byteCount: Int, _ factor: UnsafeRawPointer
  ) throws(MPIError) {
    let slices = WindowSlices(byteCount: byteCount, lanes: configuration.lanes)
    let (rank, slice) = (communicator.rank, slices[communicator.rank])
    if rank < configuration.lanes {
      for owner in 0..<configuration.owned.count {
        let owned = configuration.owned[owner]
        for part in owned {
          summation.sources[part] = UnsafeRawPointer(
            directory.part(part - owned.lowerBound, of: owner) + slice.lowerBound)
        }
      }
      for target in 0..<communicator.size {
        summation.targets[target] = directory.result(of: target) + slice.lowerBound
      }
      if let combine = configuration.combine {
        let own = directory.result(of: rank) + slice.lowerBound
        summation.targets[0] = own
        summation.run(targetCount: 1, scaledBy: nil, byteCount: slice.count)
        try combine(UnsafeMutableRawBufferPointer(start: own, count: slice.count), factor)
        for target in 0..<communicator.size where target != rank {
          (directory.result(of: target) + slice.lowerBound).copyMemory(
            from: own, byteCount: slice.count)
        }
      } else {
        summation.run(
          targetCount: communicator.size, scaledBy: factor, byteCount: slice.count)
      }
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
    into result: UnsafeMutableRawPointer, _ byteCount: Int, _ factor: UnsafeRawPointer
  ) throws(MPIError) {
    let room = staging.room
    let pieces = (byteCount + room - 1) / room
    func piece(_ index: Int) -> Range<Int> { index * room..<min((index + 1) * room, byteCount) }
    staging.copyIn(parts, piece(0))
    flags.advance()
    for index in 0...pieces {
      try flags.waitForAll()
      if index > 0 { staging.copyOut(to: result, piece(index - 1)) }
      guard index < pieces else { break }
      if communicator.rank < configuration.lanes {
        let slices = WindowSlices(byteCount: piece(index).count, lanes: configuration.lanes)
        let slice = slices[communicator.rank]
        let sum = staging.sum(of: communicator.rank)
        point(at: slice.lowerBound)
        summation.targets[0] = sum
        summation.run(
          targetCount: 1, scaledBy: configuration.combine == nil ? factor : nil,
          byteCount: slice.count)
        try configuration.combine?(
          UnsafeMutableRawBufferPointer(start: sum, count: slice.count), factor)
      }
      staging.next()
      if index + 1 < pieces { staging.copyIn(parts, piece(index + 1)) }
      flags.advance()
    }
  }

  /// Sets the sources to `offset` in the staging area.
  private func point(at offset: Int) {
    for owner in 0..<configuration.owned.count {
      let owned = configuration.owned[owner]
      for part in owned {
        summation.sources[part] = UnsafeRawPointer(
          staging.part(part - owned.lowerBound, of: owner) + offset)
      }
    }
  }
}
