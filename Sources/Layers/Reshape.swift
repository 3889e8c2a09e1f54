public import Graph

/// The same elements in row-major order under another shape; the batch axis stays.
public struct Reshape: Layer {
  /// The extents without the batch; at most one may be -1, which stands for what is left.
  public var shape: [Int]

  /// A layer that gives N x `shape`.
  public init(shape: [Int]) { self.shape = shape }

  /// The name in job files.
  public var name: String { "reshape" }

  /// N x ... -> N x shape.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    let open = shape.indices.filter { shape[$0] == -1 }
    guard open.count <= 1, shape.allSatisfy({ $0 > 0 || $0 == -1 }) else {
      throw error("\(shape) must be positive extents, at most one of them -1", in: x.graph)
    }
    var extents = shape
    if let axis = open.first {
      let known = shape.reduce(1) { $1 == -1 ? $0 : $0 * $1 }
      let perSample = x.shape.count / max(1, x.shape[0])
      guard perSample % known == 0 else {
        throw error(
          "\(perSample) elements a sample of \(x.shape) do not divide into \(shape)", in: x.graph)
      }
      extents[axis] = perSample / known
    }
    return try x.reshaped(to: Shape([x.shape[0]] + extents))
  }
}
