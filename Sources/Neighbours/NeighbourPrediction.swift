/// What neighbours say of a query; the rules are those of scikit-learn.
public enum NeighbourPrediction {
  /// How much each neighbour counts.
  public enum Weighting: String, CaseIterable, Sendable {
    /// All alike.
    case uniform
    /// By the inverse of the distance; if any are at distance 0, these alone count, and alike.
    case distance
  }

  /// The class with the most weight; of several the lowest.
  public static func label(_ neighbours: [Neighbour], classes: Int, _ weighting: Weighting) -> Int {
    var votes = [Double](repeating: 0, count: classes)
    for (neighbour, weight) in zip(neighbours, weights(neighbours, weighting)) {
      votes[Int(neighbour.label[0])] += weight
    }
    return votes.indices.reduce(0) { votes[$1] > votes[$0] ? $1 : $0 }
  }

  /// The weighted mean of the targets.
  public static func targets(_ neighbours: [Neighbour], _ weighting: Weighting) -> [Double] {
    let weights = weights(neighbours, weighting)
    let total = weights.reduce(0, +)
    let width = neighbours.first?.label.count ?? 0
    return (0..<width).map { output in
      zip(neighbours, weights).reduce(0) { $0 + $1.0.label[output] * $1.1 } / total
    }
  }

  private static func weights(_ neighbours: [Neighbour], _ weighting: Weighting) -> [Double] {
    switch weighting {
    case .uniform: return neighbours.map { _ in 1 }
    case .distance:
      if neighbours.contains(where: { $0.distance == 0 }) {
        return neighbours.map { $0.distance == 0 ? 1 : 0 }
      }
      return neighbours.map { 1 / $0.distance }
    }
  }
}
