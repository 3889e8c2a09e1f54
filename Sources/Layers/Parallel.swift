public import Graph

/// Branches side by side over one input, put together again; branch i is built under the scope `i`.
public struct Parallel: Layer {
  /// How the results become one.
  public enum Combination: String, Hashable, Sendable, CaseIterable {
    /// One behind the other along an axis.
    case concatenate
    /// Their sum.
    case add
    /// Their product, element by element.
    case multiply
  }

  /// The branches; one without layers passes its input on.
  public var branches: [Sequential]
  /// How the results become one.
  public var combination: Combination
  /// The axis of a concatenation; 1 is that of channels.
  public var axis: Int

  /// Branches over one input.
  public init(
    _ branches: [Sequential], combination: Combination = .concatenate, axis: Int = 1
  ) {
    self.branches = branches
    self.combination = combination
    self.axis = axis
  }

  /// The name in job files.
  public var name: String { "parallel" }

  /// N x ... -> the results of the branches, put together.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard !branches.isEmpty else { throw error("needs a branch", in: x.graph) }
    guard axis > 0 else {
      throw error("axis must be at least 1, is \(axis): axis 0 is the batch", in: x.graph)
    }
    var results: [Tensor] = []
    for (index, branch) in branches.enumerated() {
      results.append(
        try x.graph.withScope(String(index)) { () throws(GraphError) in try branch(x, &context) })
    }
    switch combination {
    case .concatenate: return try .concatenated(results, axis: axis)
    case .add: return try fold(results) { (a, b) throws(GraphError) in try a + b }
    case .multiply: return try fold(results) { (a, b) throws(GraphError) in try a * b }
    }
  }

  private func fold(
    _ results: [Tensor], _ combine: (Tensor, Tensor) throws(GraphError) -> Tensor
  ) throws(GraphError) -> Tensor {
    var total = results[0]
    for result in results.dropFirst() {
      guard result.shape == results[0].shape else {
        throw error(
          "branches give \(results[0].shape) and \(result.shape), which cannot be combined",
          in: result.graph)
      }
      total = try combine(total, result)
    }
    return total
  }
}
