public import MPI

// Note [Distances without an order]
//
// Krum wants squared distances between whole updates, but each rank has a slice only, and another one
// on another number of ranks. A float sum over slices would depend on where they are cut. So slices
// are cut between blocks of fixed length; a block's part of a distance is computed in one go, in
// double precision, and then made an integer by a scale that all ranks agree on (the largest part
// decides). Sums of integers have no order: the distances are the same bits on any number of ranks.

/// The updates of a round on one rank: all clients, one slice of the coordinates.
public final class UpdateTable {
  /// Floats that stay together on one rank.
  public static let block = 4096

  /// Rows, in the order of the clients' numbers.
  public let rowCount: Int
  /// Coordinates of this rank's slice.
  public let width: Int
  private let memory: UnsafeMutableBufferPointer<Float>
  private let communicator: Communicator?

  /// A table of `rows` on this rank alone, or a slice of one whose other slices the other ranks have.
  public init(rows: [[Float]], on communicator: Communicator? = nil) {
    rowCount = rows.count
    width = rows.first?.count ?? 0
    self.communicator = communicator
    memory = .allocate(capacity: rowCount * width)
    for (index, row) in rows.enumerated() {
      precondition(row.count == width, "rows of \(width) and \(row.count)")
      _ = memory[(index * width)..<((index + 1) * width)].update(fromContentsOf: row)
    }
  }

  /// An empty table to be filled by row.
  init(rowCount: Int, width: Int, on communicator: Communicator) {
    (self.rowCount, self.width, self.communicator) = (rowCount, width, communicator)
    memory = .allocate(capacity: rowCount * width)
    memory.initialize(repeating: 0)
  }

  deinit { memory.deallocate() }

  /// A row of the slice.
  public subscript(row: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: memory[(row * width)..<((row + 1) * width)])
  }

  /// The slice of a rank: whole blocks, as evenly as they go.
  static func slice(of rank: Int, ranks: Int, count: Int) -> Range<Int> {
    let blocks = (count + block - 1) / block
    return min(
      count, rank * blocks / ranks * block)..<min(
        count, (rank + 1) * blocks / ranks * block)
  }

  /// Squared distances of all pairs of rows, over all coordinates. Collective, blocking.
  public func squaredDistances() throws -> [[Double]] {
    try symmetric { a, b in
      var sum = 0.0
      for index in a.indices {
        let difference = Double(a[index]) - Double(b[index])
        sum += difference * difference
      }
      return sum
    }
  }

  /// Scalar products of all pairs of rows, over all coordinates. Collective, blocking.
  public func products() throws -> [[Double]] {
    try symmetric { a, b in
      var sum = 0.0
      for index in a.indices { sum += Double(a[index]) * Double(b[index]) }
      return sum
    }
  }

  /// The exact sums over blocks of `part` of each pair of rows.
  private func symmetric(
    _ part: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Double
  ) throws -> [[Double]] {
    var parts: [[Double]] = []
    for a in 0..<rowCount {
      for b in a..<rowCount {
        parts.append(
          stride(from: 0, to: width, by: Self.block).map { start in
            let range = start..<min(width, start + Self.block)
            return part(
              UnsafeBufferPointer(rebasing: self[a][range]),
              UnsafeBufferPointer(rebasing: self[b][range]))
          })
      }
    }
    let sums = try exactSums(parts)
    var table = [[Double]](repeating: [Double](repeating: 0, count: rowCount), count: rowCount)
    var index = 0
    for a in 0..<rowCount {
      for b in a..<rowCount {
        (table[a][b], table[b][a]) = (sums[index], sums[index])
        index += 1
      }
    }
    return table
  }

  private func exactSums(_ parts: [[Double]]) throws -> [Double] {
    var largest = parts.joined().reduce(0) { max($0, abs($1)) }
    var blocks = Int64((width + Self.block - 1) / Self.block)
    if let communicator {
      largest = try communicator.allReduce(largest, .maximum)
      blocks = try communicator.allReduce(blocks, .sum)
    }
    guard largest > 0, largest.isFinite else { return parts.map { _ in 0 } }
    // largest * blocks * scale < 2^62
    let scale = Double(
      sign: .plus, exponent: 61 - (largest * Double(max(1, blocks))).exponent - 1, significand: 1)
    var sums = parts.map { $0.reduce(Int64(0)) { $0 + Int64(($1 * scale).rounded()) } }
    if let communicator { try communicator.allReduce(&sums, .sum) }
    return sums.map { Double($0) / scale }
  }
}
