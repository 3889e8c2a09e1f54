public import Graph

/// A table with one row a token: each int32 token id becomes its row.
///
/// As the first layer of a model it makes the model's input int32. Parameter, in PyTorch's layout:
/// `weight` tokens x units. Its gradient adds the rows in the order of the tokens.
public struct Embedding: Layer {
  /// The number of rows: ids are 0 ..< tokens.
  public var tokens: Int
  /// The width of a row.
  public var units: Int
  /// The id that stands for no token: attention and pooling leave such steps out.
  public var padding: Int?
  /// How the table starts.
  public var initializer: Initializer

  /// A table of `tokens` rows; PyTorch's start, N(0, 1), unless said otherwise.
  public init(
    tokens: Int, units: Int, padding: Int? = nil,
    initializer: Initializer = .normal(mean: 0, deviation: 1)
  ) {
    self.tokens = tokens
    self.units = units
    self.padding = padding
    self.initializer = initializer
  }

  /// The name in job files.
  public var name: String { "embedding" }

  /// Token ids below ``tokens``.
  public var inputTokens: Int? { tokens }

  /// int32 N x ... -> N x ... x units.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try expectPositive("tokens", tokens, in: x.graph)
    try expectPositive("units", units, in: x.graph)
    guard x.type.element == .int32 else {
      throw error("must be the model's first layer: it takes token ids, not \(x.type)", in: x.graph)
    }
    if let padding {
      guard (0..<tokens).contains(padding), x.shape.rank == 2 else {
        throw error(
          "padding must be an id below \(tokens) in sequences N x steps, is \(padding) in \(x.shape)",
          in: x.graph)
      }
      context.setMask(try mask(of: x, without: padding))
    }
    return try x.graph.parameter("weight", [tokens, units], initializer).rows(x)
  }

  /// 1 for each token, 0 for the id `padding`: the rows of a table of ones with one 0.
  private func mask(of x: Tensor, without padding: Int) throws(GraphError) -> Tensor {
    let graph = x.graph
    var parts = [graph.constant(0, [1, 1])]
    if padding > 0 { parts.insert(graph.constant(1, [padding, 1]), at: 0) }
    if padding < tokens - 1 { parts.append(graph.constant(1, [tokens - padding - 1, 1])) }
    return try Tensor.concatenated(parts, axis: 0).rows(x).reshaped(to: x.shape)
  }
}
