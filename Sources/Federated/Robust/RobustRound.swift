import Engine
import MPI

/// The updates of one round on their way to a robust rule.
final class RobustRound {
  private let rule: any RobustRule
  private let communicator: Communicator
  private let count: Int
  private var rows: [(client: Int, update: FloatMemory)] = []
  /// Memory of earlier rounds.
  private var pool: [FloatMemory] = []

  init(_ rule: any RobustRule, count: Int, on communicator: Communicator) {
    (self.rule, self.count, self.communicator) = (rule, count, communicator)
  }

  /// Starts a round.
  func clear() {
    pool += rows.map(\.update)
    rows = []
  }

  /// Keeps a copy of an update. Local.
  func add(_ update: UnsafePointer<Float>, of client: Int) {
    let memory = pool.popLast() ?? FloatMemory(count: count)
    memory.base.update(from: update, count: count)
    rows.append((client, memory))
  }

  /// Writes the rule's result to `mean` on all ranks and returns how many updates there were; nil if
  /// they were too few for the rule, with `mean` as it was. Collective, blocking.
  func combine(into mean: UnsafeMutablePointer<Float>) throws -> (updates: Int, isEnough: Bool) {
    let all = try communicator.allGather(counts: rows.map { Int64($0.client) })
    let order = all.flatMap { $0 }.sorted()
    guard order.count >= rule.fewestUpdates else { return (order.count, false) }
    let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    let ranks = communicator.size
    let slices = (0..<ranks).map {
      UpdateTable.slice(of: $0, ranks: ranks, count: count)
    }
    let mine = slices[communicator.rank]
    let table = UpdateTable(rowCount: order.count, width: mine.count, on: communicator)
    // One update of each rank at a time: every rank sends all slices of its own and gets its slice of
    // those of the others.
    let most = all.map(\.count).max() ?? 0
    for turn in 0..<most {
      let sends = turn < rows.count
      let source = UnsafeBufferPointer(
        start: sends ? rows[turn].update.base : nil, count: sends ? count : 0)
      let receiving = all.map { turn < $0.count ? mine.count : 0 }
      let target = UnsafeMutableBufferPointer<Float>.allocate(
        capacity: receiving.reduce(0, +))
      defer { target.deallocate() }
      try communicator.allToAll(
        source, counts: sends ? slices.map(\.count) : slices.map { _ in 0 }, into: target,
        receiving: receiving)
      var start = 0
      for rank in 0..<ranks where receiving[rank] > 0 {
        guard let row = places[all[rank][turn]] else { continue }
        _ = table[row].update(fromContentsOf: target[start..<start + mine.count])
        start += mine.count
      }
    }
    try rule.combine(
      table, into: UnsafeMutableBufferPointer(start: mean + mine.lowerBound, count: mine.count))
    for rank in 0..<ranks {
      try communicator.broadcast(
        UnsafeMutableBufferPointer(
          start: mean + slices[rank].lowerBound, count: slices[rank].count),
        from: rank)
    }
    return (order.count, true)
  }
}

extension Communicator {
  /// The lists of all ranks, of any lengths. Collective, blocking.
  fileprivate func allGather(counts list: [Int64]) throws -> [[Int64]] {
    var message = ByteMessage()
    for value in list { message.append(Int(value)) }
    return try allGatherBytes(message.bytes).map { bytes in
      var reader = ByteMessage(bytes)
      var values: [Int64] = []
      while let value = reader.integer() { values.append(Int64(value)) }
      return values
    }
  }
}
