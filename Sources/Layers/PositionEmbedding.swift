public import Graph

/// Adds to each step what tells its position: a trained row, or the sines and cosines of Vaswani et al.
/// (2017), which have nothing to train.
///
/// Parameter: `weight` T x E, or the buffer `encoding` T x E.
public struct PositionEmbedding: Layer {
  /// Whether the rows are sines and cosines.
  public var isSinusoidal: Bool
  /// How trained rows start.
  public var initializer: Initializer

  /// Trained rows, or fixed ones.
  public init(
    isSinusoidal: Bool = false, initializer: Initializer = .normal(mean: 0, deviation: 0.02)
  ) {
    self.isSinusoidal = isSinusoidal
    self.initializer = initializer
  }

  /// The name in job files.
  public var name: String { isSinusoidal ? "sinusoidalPosition" : "positionEmbedding" }

  /// N x T x E -> N x T x E.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard x.shape.rank == 3 else {
      throw error("needs an input N x steps x width, is \(x.shape)", in: x.graph)
    }
    let extents: Shape = [x.shape[1], x.shape[2]]
    let table =
      isSinusoidal
      ? try x.graph.parameter("encoding", extents, .sinusoidal, isTrained: false)
      : try x.graph.parameter("weight", extents, initializer)
    // As a bias of a row of T x E: one pass, and the gradient is one sum over the samples.
    return try x.flattened().addingBias(table.reshaped(to: [extents.count]), axis: 1)
      .reshaped(to: x.shape)
  }
}
