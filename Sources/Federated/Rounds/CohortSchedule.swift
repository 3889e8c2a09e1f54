/// Which rank trains which client: the longest first, each to the rank with the least to do (Graham
/// 1969: at most 4/3 of the best time).
///
/// The same on all ranks, and without influence on the result.
public struct CohortSchedule: Sendable {
  /// The clients of each rank, in the order in which it trains them.
  public let ranks: [[Int]]

  /// Shares out clients.
  ///
  /// - Parameters:
  ///   - costs: The cost of each of `clients`, such as its samples.
  ///   - home: The rank that a client must go to, for algorithms that keep something of each client;
  ///     nil: any rank.
  public init(
    _ clients: [Int], costs: [Int], ranks count: Int, home: ((Int) -> Int)? = nil
  ) {
    precondition(clients.count == costs.count, "\(clients.count) clients, \(costs.count) costs")
    var ranks = [[Int]](repeating: [], count: count)
    var loads = [Int](repeating: 0, count: count)
    let longestFirst = clients.indices.sorted {
      (costs[$1], clients[$0]) < (costs[$0], clients[$1])
    }
    for index in longestFirst {
      let least = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      let rank = home?(clients[index]) ?? least
      ranks[rank].append(clients[index])
      loads[rank] += costs[index]
    }
    self.ranks = ranks
  }
}
