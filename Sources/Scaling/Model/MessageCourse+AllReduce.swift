package import Collectives

/// How many ranks work together, and where they are.
package struct Topology: Sendable, Equatable {
  let ranks: Int
  let network: Network

  package init(ranks: Int, network: Network) {
    self.ranks = ranks
    self.network = network
  }

  /// Ranks of a full node.
  var local: Int { min(ranks, network.ranksPerNode) }
  /// Nodes in use.
  var nodes: Int { (ranks + network.ranksPerNode - 1) / network.ranksPerNode }

  /// The path between ranks whose numbers differ by `distance`, and how many ranks of a node use it at a
  /// time when all do the same.
  func path(_ distance: Int) -> (path: Network.Path, crowd: Double) {
    if distance < local || nodes == 1 { return (network.node, 1) }
    if let spine = network.spine, distance >= spine.nodesPerSwitch * network.ranksPerNode {
      return (spine.path, Double(local))
    }
    return (network.network, Double(local))
  }

  /// What a message of `bytes` to the next node costs in a ring over all nodes, in which only the last node
  /// of a switch talks across.
  ///
  /// A message that leaves at once is under way whether or not its receiver is there yet: what it loses on a
  /// long hop it has lost once a round, and hops cost their mean. A long message waits for its receiver's
  /// answer, and a receiver behind a long hop is late at each step, by answer and message, two latencies of
  /// three: then all steps cost what the longest hop does, if that is more.
  func hop(_ bytes: Double) -> Network.Path {
    guard nodes > 1 else { return network.node }
    guard let spine = network.spine, nodes > spine.nodesPerSwitch else { return network.network }
    var path = network.network
    let share = 1 / Double(spine.nodesPerSwitch)
    path.latency += (spine.path.latency - path.latency) * share
    if let eager = path.eager, bytes > Double(eager) {
      path.latency = max(path.latency, spine.path.latency * 2 / 3)
    }
    return path
  }
}

extension MessageCourse {
  /// The all-reduce of `bytes` by `choice`; nil where it cannot run.
  ///
  /// `auto` takes what the program would: ``AllReduceChoice/auto`` with its common constants. `native` is
  /// taken for the best of ring and halving without segments, as libraries have them.
  package init?(
    _ choice: AllReduceChoice, bytes: Double, on topology: Topology, addRate: Double
  ) {
    self.init()
    guard topology.ranks > 1 else { return }
    switch choice {
    case .window:
      guard topology.nodes == 1 else { return nil }
      let window = topology.network.window
      share(latency: window.latency, work: bytes / window.rate / 1e3)
    case .ring:
      ring(bytes, of: topology.ranks, on: topology, crowd: 1, addRate)
    case .hierarchical:
      guard topology.nodes > 1 else { return nil }
      let (window, local) = (topology.network.window, Double(topology.local))
      // Each half of the shared memory's all-reduce is half of its time.
      let half = bytes / window.rate / 2e3
      if local > 1 { share(latency: window.latency, work: half) }
      ring(bytes / local, of: topology.nodes, on: topology, crowd: local, addRate)
      if local > 1 { share(latency: window.latency, work: half) }
    case .doubling:
      exchange(bytes, on: topology, addRate)
    case .halving:
      halve(bytes, on: topology, addRate)
    case .auto:
      self = Self.automatic(bytes, on: topology, addRate)
    case .native:
      var ring = MessageCourse()
      ring.ring(
        bytes, of: topology.ranks, on: topology, crowd: 1, addRate, segment: .infinity)
      var halving = MessageCourse()
      halving.halve(bytes, on: topology, addRate, calls: false)
      self = ring.microseconds < halving.microseconds ? ring : halving
    }
  }

  /// What `Automatic` would choose.
  private static func automatic(
    _ bytes: Double, on topology: Topology, _ addRate: Double
  ) -> MessageCourse {
    let model = AllReduceModel()
    let candidates: [AllReduceChoice] =
      topology.nodes == 1
      ? [.window]
      : [.doubling, .halving, .ring] + (topology.local > 1 ? [.hierarchical] : [])
    func cost(_ choice: AllReduceChoice) -> Double {
      model.microseconds(
        choice, bytes: Int(bytes), nodes: topology.nodes, ranksPerNode: topology.local)
    }
    let best = candidates.min { cost($0) < cost($1) }
    return MessageCourse(best ?? .ring, bytes: bytes, on: topology, addRate: addRate)
      ?? MessageCourse()
  }

  /// 2 (n - 1) steps with a slice of 1 / n each, in segments of which four are under way.
  private mutating func ring(
    _ bytes: Double, of count: Int, on topology: Topology, crowd: Double, _ addRate: Double,
    segment: Double? = nil
  ) {
    guard count > 1 else { return }
    let slice = bytes / Double(count)
    let segment = segment ?? Double(Segments.byteCount(ofSlice: Int(slice)))
    let segments = max(1, Int((slice / segment).rounded(.up)))
    depth = min(Segments.depth, segments)
    let path = topology.hop(min(segment, slice))
    for step in 0..<2 * (count - 1) {
      for number in 0..<segments {
        send(
          min(segment, slice - Double(number) * segment), over: path, crowd: crowd,
          addRate: step < count - 1 ? addRate : nil, opensStage: step + number == 0)
      }
    }
  }

  /// log2 P exchanges of everything; ranks beyond a power of two are folded in before and served after.
  private mutating func exchange(_ bytes: Double, on topology: Topology, _ addRate: Double) {
    folding(bytes, on: topology, addRate) { course, depth in
      for step in 0..<depth {
        course.stage(bytes, to: 1 << step, on: topology, addRate, isCalled: step > 0)
      }
    }
  }

  /// log2 P exchanges of a half, a quarter, ..., and the same back.
  private mutating func halve(
    _ bytes: Double, on topology: Topology, _ addRate: Double, calls: Bool = true
  ) {
    folding(bytes, on: topology, addRate) { course, depth in
      for step in 0..<2 * depth {
        let level = step < depth ? step + 1 : 2 * depth - step
        course.stage(
          bytes / Double(1 << level), to: 1 << (depth - level), on: topology,
          step < depth ? addRate : nil, isCalled: calls && step > 0)
      }
    }
  }

  private mutating func folding(
    _ bytes: Double, on topology: Topology, _ addRate: Double,
    _ body: (inout MessageCourse, Int) -> Void
  ) {
    depth = Segments.depth
    let steps = Int.bitWidth - 1 - topology.ranks.leadingZeroBitCount
    let isFolded = topology.ranks != 1 << steps
    if isFolded { stage(bytes, to: 1, on: topology, addRate) }
    body(&self, steps)
    if isFolded { stage(bytes, to: 1, on: topology, nil, isCalled: true) }
  }

  /// A stage of `StageCourse`: segments to the rank so far away, which calls for them on more than four
  /// ranks if they are several.
  private mutating func stage(
    _ bytes: Double, to distance: Int, on topology: Topology, _ addRate: Double?,
    isCalled: Bool = false
  ) {
    let (path, crowd) = topology.path(distance)
    let segment = Double(Segments.byteCount)
    var rest = bytes
    repeat {
      send(
        min(segment, rest), over: path, crowd: crowd, addRate: addRate,
        opensStage: rest == bytes,
        isCalled: isCalled && rest == bytes && bytes > segment && topology.ranks > 4)
      rest -= segment
    } while rest > 0
  }

  /// A code of `bytes` from each rank to each other, all at once; each stands for `decoded` bytes, which
  /// are added when it has arrived.
  static func gathering(
    _ bytes: Double, decoded: Double, on topology: Topology, addRate: Double
  ) -> MessageCourse {
    var course = MessageCourse()
    course.depth = 64
    for _ in 1..<max(topology.ranks, 1) {
      course.send(bytes, over: topology.hop(bytes), crowd: Double(topology.local), addRate: nil)
      course.messages[course.messages.count - 1].work += decoded / addRate / 1e3
    }
    return course
  }
}
