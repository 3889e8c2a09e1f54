/// Which rank trains which client: the longest first, each to the rank with the least to do (Graham
/// 1969: at most 4/3 of the best time).
///
/// The same on all ranks, and without influence on the result.
public struct CohortSchedule: Sendable {
  /// The clients of each rank, in the order in which it trains them.
  public let ranks: [[Int]]
  /// All clients with their ranks, the longest first.
  private let places: [(client: Int, rank: Int)]

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
    var places: [(client: Int, rank: Int)] = []
    let longestFirst = clients.indices.sorted {
      (costs[$1], clients[$0]) < (costs[$0], clients[$1])
    }
    for index in longestFirst {
      let least = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      let rank = home?(clients[index]) ?? least
      ranks[rank].append(clients[index])
      places.append((clients[index], rank))
      loads[rank] += costs[index]
    }
    self.ranks = ranks
    self.places = places
  }

  /// The clients of these ranks together, the longest first.
  func clients(of ranks: [Int]) -> [Int] {
    places.filter { ranks.contains($0.rank) }.map(\.client)
  }
}
