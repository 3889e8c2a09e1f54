import Randomness

/// Who shares masks with whom: everybody, or only the nearest on a ring in random order (Bell et al.
/// 2020, SecAgg+), which costs each client a number of masks that does not grow with the cohort.
public struct NeighbourGraph: Sendable {
  private let neighbours: [Int: [Int]]

  /// A graph over `clients`.
  ///
  /// - Parameter degree: Neighbours of each; nil, or as many as there are others: all. An odd number
  ///   is rounded up.
  public init(_ clients: [Int], degree: Int?, round: Int, seed: UInt64) {
    guard let degree, degree < clients.count - 1 else {
      neighbours = Dictionary(
        uniqueKeysWithValues: clients.map { client in (client, clients.filter { $0 != client }) })
      return
    }
    var random = CounterRandom(
      seed: seed, purpose: .cohort, epoch: UInt32(round), sample: 1)
    let ring = random.shuffled(clients)
    let reach = (degree + 1) / 2
    neighbours = Dictionary(
      uniqueKeysWithValues: ring.enumerated().map { place, client in
        let others = (1...reach).flatMap { step in
          [ring[(place + step) % ring.count], ring[(place + ring.count - step) % ring.count]]
        }
        return (client, Set(others).subtracting([client]).sorted())
      })
  }

  /// The neighbours of a client, in ascending order.
  public func neighbours(of client: Int) -> [Int] { neighbours[client] ?? [] }

  /// Whether the clients that are left still form one piece: else parts of the sum would be open.
  public func isConnected(without dropped: Set<Int>) -> Bool {
    let left = Set(neighbours.keys).subtracting(dropped)
    guard let start = left.min() else { return true }
    var (reached, open) = (Set([start]), [start])
    while let next = open.popLast() {
      for other in neighbours(of: next) where left.contains(other) && reached.insert(other).inserted
      {
        open.append(other)
      }
    }
    return reached.count == left.count
  }
}
