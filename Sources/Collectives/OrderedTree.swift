public import MPI

/// The all-reduce whose result has the same bits for every number of ranks: a ``SummationTree``
/// over all leaves.
///
/// Every rank first adds its own leaves into its parts, as the tree's steps say. Then rank q is the
/// owner of slice q of the buffer:
///
///     1. each rank sends slice q of each of its parts to rank q      all to all
///     2. rank q adds slice q of all parts in the tree's order        alone
///     3. rank q sends the sum of slice q to all ranks                all-gather
///
/// With one part on each rank (K and P powers of two, or K = P) each rank sends and receives 2 (P -
/// 1) / P x N bytes, as in the ring, in two steps of latency. With p parts on a rank it sends (P -
/// 1) / P x (p + 1) N. Slices are worked through in segments: while one is added up the next
/// arrives and the one before goes out, and the scratch memory does not grow with N.
public final class OrderedTree<Element: Summable>: OrderedReduction, ScatteringReduction {
  /// `tree`.
  public static var name: String { "tree" }

  /// The ranks that take part: a duplicate of those given.
  public let communicator: Communicator
  /// What this rank adds up by itself before it calls.
  public let tree: SummationTree

  /// Elements of a segment.
  private let segment: Int
  /// How the parts of all ranks become one.
  private let merges: [SummationTree.Merge]
  /// For each rank, the numbers of its parts among those of all ranks.
  private let owned: [Range<Int>]
  /// Where the current segment of each part is.
  private var places: [UnsafeMutablePointer<Element>?]
  /// Two segments are under way at a time.
  private let lanes: [OrderedTreeLane<Element>]

  /// Whether the owners of slices keep them; see ``ScatteringReduction``.
  public var isScattering = false

  /// The sum that is under way.
  private struct Flight {
    let parts: [UnsafeMutableBufferPointer<Element>]
    let result: UnsafeMutableBufferPointer<Element>
    let factor: Element.Accumulator
    let cut: Partition
    let isScattering: Bool
  }
  /// What is to be done next with a segment.
  private enum Stage { case first, receiving, sending }
  private var flight: Flight?
  private var number = 0
  private var stage = Stage.first

  /// Makes the algorithm and its scratch memory, about 2 MiB. Collective.
  ///
  /// - Parameters:
  ///   - leafCount: the number of leaves in all, such as micro-batches; nil is one for each rank.
  ///     Rank r of P holds those of
  ///     ``SummationTree/block(rank:size:leafCount:)``.
  ///   - segmentBytes: the length of a message; nil makes the segments of all parts together 1 MiB.
  public init(
    on communicator: Communicator, leafCount: Int? = nil, segmentBytes: Int? = nil
  ) throws(MPIError) {
    let (size, rank) = (communicator.size, communicator.rank)
    let plan = OrderedTreePlan(leafCount: leafCount ?? size, size: size)
    let (owned, partCount) = (plan.owned, plan.partCount)
    let bytes = segmentBytes ?? min(max((1 << 20) / partCount, 1 << 12), 1 << 18)
    segment = max(bytes / MemoryLayout<Element>.stride, 1)
    tree = plan.trees[rank]
    merges = plan.merges
    places = Array(repeating: nil, count: partCount)
    let (own, foreign) = (owned[rank].count, partCount - owned[rank].count)
    let segment = segment
    lanes = (0..<2).map { _ in
      OrderedTreeLane(
        roomCount: foreign * segment, receives: foreign, sends: own * (size - 1),
        sums: 2 * (size - 1))
    }
    self.owned = owned
    self.communicator = try communicator.duplicate()
  }

  /// Starts to write `factor` times the sum of all leaves of all ranks to `result`.
  ///
  /// - Parameters:
  ///   - parts: the sums that the steps of ``tree`` left in slots `0..<tree.parts.count`; their
  ///     elements are lost.
  ///   - result: one of `parts`, or memory apart from all of them.
  public func start(
    _ parts: [UnsafeMutableBufferPointer<Element>],
    into result: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    precondition(flight == nil, "a tree is climbed once at a time")
    precondition(
      parts.count == tree.parts.count, "\(parts.count) parts where \(tree.parts.count) are held")
    for part in parts {
      precondition(part.count == result.count, "a part of \(part.count) for \(result.count) sums")
    }
    let cut = Partition(count: result.count, size: communicator.size, segment: segment)
    guard cut.segmentCount > 0 else { return }
    try startExchange(of: parts, 0, cut, lanes[0])
    flight = Flight(
      parts: parts, result: result, factor: factor, cut: cut, isScattering: isScattering)
    (number, stage) = (0, .first)
  }

  /// Moves the sum on; see ``StartedReduction``.
  public func advance(waiting: Bool) throws(MPIError) -> Bool {
    guard let flight else { return true }
    let cut = flight.cut
    while number < cut.segmentCount {
      let lane = lanes[number % 2]
      switch stage {
      case .first:
        if number + 1 < cut.segmentCount {
          try startExchange(of: flight.parts, number + 1, cut, lanes[(number + 1) % 2])
        }
        stage = .receiving
      case .receiving:
        guard try lane.receives.endAll(waiting: waiting) else { return false }
        addUp(flight.parts, number, cut, lane, into: flight.result, scaledBy: flight.factor)
        stage = .sending
      case .sending:
        // A segment's part sends end before its sums arrive, since both may be the same memory.
        guard try lane.sends.endAll(waiting: waiting) else { return false }
        guard try lane.sums.endAll(waiting: waiting) else { return false }
        if !flight.isScattering { try startSums(flight.result, number, cut, lane) }
        (number, stage) = (number + 1, .first)
      }
    }
    for lane in lanes {
      guard try lane.sums.endAll(waiting: waiting) else { return false }
    }
    self.flight = nil
    return true
  }

  /// The slice that a rank owns.
  public func slice(of rank: Int, count: Int) -> Range<Int> {
    Partition(count: count, size: communicator.size, segment: segment).slice(rank)
  }

  /// Gives up after an error.
  public func abandon() {
    for lane in lanes { lane.abandon() }
    flight = nil
  }
}

// MARK: - Messages

extension OrderedTree {
  private enum Tag {
    static var part: Int { 0 }
    static var sum: Int { 1 }
  }

  /// Starts the messages of one segment of every slice: to its owner from all ranks, parts in
  /// order.
  private func startExchange(
    of parts: [UnsafeMutableBufferPointer<Element>], _ number: Int,
    _ cut: Partition, _ lane: OrderedTreeLane<Element>
  ) throws(MPIError) {
    let rank = communicator.rank
    let mine = cut.range(slice: rank, segment: number)
    for peer in 0..<communicator.size where peer != rank {
      if !mine.isEmpty {
        for part in owned[peer] {
          try communicator.startReceive(
            into: room(of: part, mine.count, lane), from: peer, tag: Tag.part, in: &lane.receives)
        }
      }
      let theirs = cut.range(slice: peer, segment: number)
      if !theirs.isEmpty {
        for part in parts {
          try communicator.startSend(
            UnsafeBufferPointer(part.part(theirs)), to: peer, tag: Tag.part, in: &lane.sends)
        }
      }
    }
  }

  /// Starts the messages of one segment of every slice from its owner to all ranks.
  private func startSums(
    _ result: UnsafeMutableBufferPointer<Element>, _ number: Int, _ cut: Partition,
    _ lane: OrderedTreeLane<Element>
  ) throws(MPIError) {
    let rank = communicator.rank
    let mine = cut.range(slice: rank, segment: number)
    for peer in 0..<communicator.size where peer != rank {
      let theirs = cut.range(slice: peer, segment: number)
      if !theirs.isEmpty {
        try communicator.startReceive(
          into: result.part(theirs), from: peer, tag: Tag.sum, in: &lane.sums)
      }
      if !mine.isEmpty {
        try communicator.startSend(
          UnsafeBufferPointer(result.part(mine)), to: peer, tag: Tag.sum, in: &lane.sums)
      }
    }
  }

  /// Where another rank's part arrives.
  private func room(
    of part: Int, _ count: Int, _ lane: OrderedTreeLane<Element>
  ) -> UnsafeMutableBufferPointer<Element> {
    let own = owned[communicator.rank]
    let start = (part < own.lowerBound ? part : part - own.count) * segment
    return lane.room.part(start..<start + count)
  }
}

// MARK: - Sums

extension OrderedTree {
  /// Adds up one segment of this rank's slice, in the tree's order.
  private func addUp(
    _ parts: [UnsafeMutableBufferPointer<Element>], _ number: Int,
    _ cut: Partition, _ lane: OrderedTreeLane<Element>,
    into result: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) {
    let range = cut.range(slice: communicator.rank, segment: number)
    let target = result.part(range)
    guard let base = target.baseAddress, !range.isEmpty else { return }
    let own = owned[communicator.rank]
    for part in places.indices {
      places[part] =
        own.contains(part)
        ? parts[part - own.lowerBound].part(range).baseAddress
        : room(of: part, range.count, lane).baseAddress
    }
    for merge in merges.dropLast() {
      guard let sum = places[merge.target], let other = places[merge.source] else { return }
      Element.add(other, to: sum, count: range.count)
    }
    if let last = merges.last, let sum = places[last.target], let other = places[last.source] {
      // Either side of the last sum may be the result's own memory; both orders give the same bits.
      if sum == base {
        Element.add(other, to: base, count: range.count)
      } else if other == base {
        Element.add(sum, to: base, count: range.count)
      } else {
        Element.sum(sum, other, into: base, count: range.count)
      }
    } else if let only = places[0], only != base {
      base.update(from: only, count: range.count)
    }
    scale(target, by: factor)
  }
}

/// What one segment in flight needs: the memory where parts arrive, and the requests.
final class OrderedTreeLane<Element: Summable> {
  private var memory: Buffer<Element>
  var receives: RequestSet
  var sends: RequestSet
  var sums: RequestSet

  init(roomCount: Int, receives: Int, sends: Int, sums: Int) {
    memory = Buffer(repeating: Element(), count: roomCount)
    self.receives = RequestSet(capacity: receives)
    self.sends = RequestSet(capacity: sends)
    self.sums = RequestSet(capacity: sums)
  }

  /// Lets the requests go after an error.
  func abandon() {
    receives.abandon()
    sends.abandon()
    sums.abandon()
  }

  /// The memory. It lives as long as this object, and only the algorithm that owns it uses it.
  var room: UnsafeMutableBufferPointer<Element> { memory.withUnsafeMutableBufferPointer { $0 } }
}
