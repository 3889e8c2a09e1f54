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
  let communicator: Communicator
  /// Where this rank's parts begin; set before each call.
  let parts: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let configuration: Configuration
  private let flags: WindowFlags
  private let directory: WindowDirectory
  private let staging: WindowStaging
  private let summation: OrderedSummation

  /// Whether each rank needs no more of the result than the slice that it adds up.
  var isScattering = false

  /// What is to be done when the wait that is under way ends.
  private enum Stage {
    case idle, direct, meeting, inPlaceCombination, ending
    case piece(Int), pieceCombination(Int)
  }
  private var stage = Stage.idle
  private var result: UnsafeMutableRawPointer
  private var byteCount = 0
  /// An accumulator.
  private let factor: UnsafeMutableRawPointer

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
    var combine: (any WindowCombination)?
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
    // An accumulator has at most eight bytes.
    factor = .allocate(byteCount: 8, alignment: 8)
    result = factor
    parts = .allocate(capacity: max(counts[node.rank], 1))
    parts.initialize(repeating: nil, count: max(counts[node.rank], 1))
  }

  deinit {
    parts.deallocate()
    factor.deallocate()
  }

  /// Zeros in the window. Collective.
  func memory<Element: Summable>(
    of type: Element.Type, count: Int
  ) throws(MPIError) -> UnsafeMutableBufferPointer<Element> {
    let base = try directory.memory(byteCount: count * MemoryLayout<Element>.stride)
    return UnsafeMutableBufferPointer(
      start: base.bindMemory(to: Element.self, capacity: count), count: count)
  }

  /// Starts to write the sum of all ranks' parts, times the accumulator at `factor`, to `result` on
  /// every rank.
  func start(
    into result: UnsafeMutableRawPointer, byteCount: Int, scaledBy factor: UnsafeRawPointer
  ) {
    guard case .idle = stage else { preconditionFailure("a sum is under way") }
    guard byteCount > 0 else { return }
    (self.result, self.byteCount) = (result, byteCount)
    self.factor.copyMemory(from: factor, byteCount: summation.factorStride)
    if byteCount <= configuration.directBytes {
      staging.copyIn(parts, 0..<byteCount)
      stage = .direct
    } else {
      directory.publish(parts, result, byteCount: byteCount)
      stage = .meeting
    }
    flags.advance()
  }

  /// Goes on as far as the other ranks allow; true when the sum is complete.
  func advance(waiting: Bool) throws(MPIError) -> Bool {
    while true {
      switch stage {
      case .idle:
        return true
      case .inPlaceCombination:
        guard try configuration.combine?.advance(waiting: waiting) ?? true else { return false }
        shareSlice()
        flags.advance()
        stage = .ending
      case .pieceCombination(let index):
        guard try configuration.combine?.advance(waiting: waiting) ?? true else { return false }
        leave(piece: index)
      default:
        guard try flags.haveAllCome(waiting: waiting) else { return false }
        try goOn()
      }
    }
  }

  /// Gives up after an error.
  func abandon() {
    configuration.combine?.abandon()
    stage = .idle
  }

  /// What follows when all ranks have come to this phase.
  private func goOn() throws(MPIError) {
    switch stage {
    case .direct:
      point(at: 0)
      summation.targets[0] = result
      summation.run(targetCount: 1, scaledBy: factor, byteCount: byteCount)
      staging.next()
      stage = .idle
    case .meeting:
      if directory.isEverythingInWindow {
        try addUpInPlace()
      } else {
        staging.copyIn(parts, piece(0))
        flags.advance()
        stage = .piece(0)
      }
    case .ending:
      stage = .idle
    case .piece(let index):
      try addUp(piece: index)
    case .idle, .inPlaceCombination, .pieceCombination:
      break
    }
  }
}

/// What happens to a slice between its sum on the node and its way to the node's results.
protocol WindowCombination: AnyObject {
  /// Starts; gets the factor of the whole sum too.
  func start(
    _ slice: UnsafeMutableRawBufferPointer, scaledBy factor: UnsafeRawPointer
  ) throws(MPIError)
  /// Goes on; see ``StartedReduction``.
  func advance(waiting: Bool) throws(MPIError) -> Bool
  /// Gives up after an error.
  func abandon()
}

// MARK: - In place

extension WindowExchange {
  private var slice: Range<Int> {
    WindowSlices(byteCount: byteCount, lanes: configuration.lanes)[communicator.rank]
  }

  private func addUpInPlace() throws(MPIError) {
    let (rank, slice) = (communicator.rank, slice)
    stage = .ending
    guard rank < configuration.lanes else { return flags.advance() }
    for owner in 0..<configuration.owned.count {
      let owned = configuration.owned[owner]
      for part in owned {
        summation.sources[part] = UnsafeRawPointer(
          directory.part(part - owned.lowerBound, of: owner) + slice.lowerBound)
      }
    }
    if let combine = configuration.combine {
      let own = directory.result(of: rank) + slice.lowerBound
      summation.targets[0] = own
      summation.run(targetCount: 1, scaledBy: nil, byteCount: slice.count)
      try combine.start(
        UnsafeMutableRawBufferPointer(start: own, count: slice.count), scaledBy: factor)
      stage = .inPlaceCombination
    } else {
      let targets = isScattering ? rank..<rank + 1 : 0..<communicator.size
      for (index, target) in targets.enumerated() {
        summation.targets[index] = directory.result(of: target) + slice.lowerBound
      }
      summation.run(targetCount: targets.count, scaledBy: factor, byteCount: slice.count)
      flags.advance()
    }
  }

  /// Copies this rank's slice to the others' results.
  private func shareSlice() {
    let (rank, slice) = (communicator.rank, slice)
    let own = directory.result(of: rank) + slice.lowerBound
    for target in 0..<communicator.size where target != rank {
      (directory.result(of: target) + slice.lowerBound).copyMemory(
        from: own, byteCount: slice.count)
    }
  }
}

// MARK: - Through the staging area

// Note [Staging]: piece c goes through place c mod 3 of the staging area. Before a rank waits for
// phase c it has copied piece c in, added up its slice of piece c - 1, and copied the sum of piece
// c - 2 out. So after the wait piece c may be added up, the sum of c - 1 copied out, and piece c +
// 1 copied into the place of c - 2, which nobody needs any more. One wait for each piece. Places
// are counted through from call to call, so that the last pieces need no wait of their own.
extension WindowExchange {
  private var pieceCount: Int { (byteCount + staging.room - 1) / staging.room }

  private func piece(_ index: Int) -> Range<Int> {
    index * staging.room..<min((index + 1) * staging.room, byteCount)
  }

  private func addUp(piece index: Int) throws(MPIError) {
    if index > 0 { staging.copyOut(to: result, piece(index - 1)) }
    guard index < pieceCount else {
      stage = .idle
      return
    }
    guard communicator.rank < configuration.lanes else { return leave(piece: index) }
    let slices = WindowSlices(byteCount: piece(index).count, lanes: configuration.lanes)
    let slice = slices[communicator.rank]
    let sum = staging.sum(of: communicator.rank)
    point(at: slice.lowerBound)
    summation.targets[0] = sum
    summation.run(
      targetCount: 1, scaledBy: configuration.combine == nil ? factor : nil,
      byteCount: slice.count)
    guard let combine = configuration.combine else { return leave(piece: index) }
    try combine.start(
      UnsafeMutableRawBufferPointer(start: sum, count: slice.count), scaledBy: factor)
    stage = .pieceCombination(index)
  }

  /// Goes on to the next piece after this rank has added up its slice of one.
  private func leave(piece index: Int) {
    staging.next()
    if index + 1 < pieceCount { staging.copyIn(parts, piece(index + 1)) }
    flags.advance()
    stage = .piece(index + 1)
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
