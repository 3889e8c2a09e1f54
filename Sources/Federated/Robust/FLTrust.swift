/// The server trains on a few samples of its own and trusts updates by their direction (Cao et al.
/// 2021):
///
///     trust_i = max(0, cos(g_i, g_0)),   g = sum trust_i |g_0| / |g_i| g_i / sum trust_i
public struct FLTrust: RobustRule {
  /// Samples of the server: drawn from the train split by the seed.
  public var rootSamples: Int

  /// The name in job files.
  public var name: String { "flTrust" }
  /// Two: one client, and the server's own update.
  public var fewestUpdates: Int { 2 }

  /// The rule with so many samples of the server.
  public init(rootSamples: Int = 100) { self.rootSamples = rootSamples }

  /// The trust in each row but the last, which is the server's, and the factor of each. Collective.
  public func trust(_ table: UpdateTable) throws -> (scores: [Double], factors: [Double]) {
    let products = try table.products()
    let root = table.rowCount - 1
    let rootNorm = products[root][root].squareRoot()
    var (scores, factors): ([Double], [Double]) = ([], [])
    for row in 0..<root {
      let norm = products[row][row].squareRoot()
      let cosine =
        norm > 0 && rootNorm > 0 ? max(0, products[row][root] / (norm * rootNorm)) : 0
      scores.append(cosine)
      factors.append(cosine > 0 ? cosine * rootNorm / norm : 0)
    }
    return (scores, factors)
  }

  /// The trusted mean; zero if nobody is trusted. See ``RobustRule``.
  public func combine(
    _ table: UpdateTable, into result: UnsafeMutableBufferPointer<Float>
  ) throws {
    let (scores, factors) = try trust(table)
    let total = scores.reduce(0, +)
    for index in 0..<table.width {
      var sum = 0.0
      for row in factors.indices { sum += factors[row] * Double(table[row][index]) }
      result[index] = total > 0 ? Float(sum / total) : 0
    }
  }
}
