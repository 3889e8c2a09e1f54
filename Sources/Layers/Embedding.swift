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
  /// How the table starts.
  public var initializer: Initializer

  /// A table of `tokens` rows; PyTorch's start, N(0, 1), unless said otherwise.
  public init(
    tokens: Int, units: Int, initializer: Initializer = .normal(mean: 0, deviation: 1)
  ) {
    self.tokens = tokens
    self.units = units
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
    return try x.graph.parameter("weight", [tokens, units], initializer).rows(x)
  }
}
