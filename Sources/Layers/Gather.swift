public import Graph

/// Chosen elements of an axis, in the given order; an element may be chosen several times
/// (`torch.index_select`).
public struct Gather: Layer {
  /// The axis; 1 is that of channels.
  public var axis: Int
  /// The numbers of the elements.
  public var indices: [Int]

  /// Elements `indices` of an axis.
  public init(axis: Int = 1, indices: [Int]) {
    self.axis = axis
    self.indices = indices
  }

  /// The name in job files.
  public var name: String { "gather" }

  /// N x ... -> the same with as many elements of ``axis`` as there are ``indices``.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard axis > 0, axis < x.shape.rank else {
      throw error("no axis \(axis) behind the batch in \(x.shape)", in: x.graph)
    }
    let extent = x.shape[axis]
    guard !indices.isEmpty else { throw error("needs indices", in: x.graph) }
    if let wrong = indices.first(where: { !(0..<extent).contains($0) }) {
      throw error("index \(wrong) does not lie within axis \(axis) of \(x.shape)", in: x.graph)
    }
    var parts: [Tensor] = []
    for run in runs() { parts.append(try x.sliced(axis: axis, run)) }
    return try .concatenated(parts, axis: axis)
  }

  /// Neighbours that follow each other are copied in one piece.
  private func runs() -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for index in indices {
      if let last = runs.last, last.upperBound == index {
        runs[runs.count - 1] = last.lowerBound..<index + 1
      } else {
        runs.append(index..<index + 1)
      }
    }
    return runs
  }
}
