/// The best k so far of each of many queries, in two flat arrays.
struct NearestLists {
  private let capacity: Int
  private var distances: [Double]
  private var indices: [Int]

  /// Empty lists of at most `capacity` for `queries` queries.
  init(queries: Int, capacity: Int) {
    self.capacity = capacity
    distances = Array(repeating: .infinity, count: queries * capacity)
    indices = Array(repeating: .max, count: queries * capacity)
  }

  /// The distance of the worst that is kept; infinite as long as there is room.
  func bound(_ query: Int) -> Double { distances[(query + 1) * capacity - 1] }

  /// Keeps a sample if it is better than the worst.
  mutating func insert(_ query: Int, distance: Double, index: Int) {
    let first = query * capacity
    var place = first + capacity - 1
    guard (distance, index) < (distances[place], indices[place]) else { return }
    while place > first, (distance, index) < (distances[place - 1], indices[place - 1]) {
      distances[place] = distances[place - 1]
      indices[place] = indices[place - 1]
      place -= 1
    }
    distances[place] = distance
    indices[place] = index
  }

  /// The list of a query, best first.
  func list(_ query: Int) -> [(distance: Double, index: Int)] {
    (query * capacity..<(query + 1) * capacity).prefix { indices[$0] != .max }
      .map { (distances[$0], indices[$0]) }
  }
}
