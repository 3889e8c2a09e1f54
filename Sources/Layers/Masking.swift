public import Graph

/// Says which steps of N x steps x features count: those of which not every feature is ``value``. The
/// layers behind leave the others out; features pass as they are (Keras's `Masking`).
public struct Masking: Layer {
  /// What fills sequences up to a common length.
  public var value: Float

  /// Steps of `value` alone do not count.
  public init(value: Float = 0) { self.value = value }

  /// The name in job files.
  public var name: String { "masking" }

  /// N x steps x features -> the same.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard x.shape.rank == 3 else {
      throw error("needs an input N x steps x features, is \(x.shape)", in: x.graph)
    }
    let distance = try (x - x.graph.constant(value))(.absolute).sum([2])
    // 0 where the sum is 0, and 1 for any other: in float32 it swallows what is added.
    context.setMask(try distance / (distance + x.graph.constant(1e-30)))
    return x
  }
}
