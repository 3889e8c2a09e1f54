public import Graph

/// Layers one after the other; layer i is built under the scope `i`.
public struct Sequential: Layer, ExpressibleByArrayLiteral {
  /// The layers, first to last.
  public var layers: [any Layer]

  /// A chain of `layers`.
  public init(_ layers: [any Layer]) { self.layers = layers }

  /// A chain written as a list.
  public init(arrayLiteral elements: any Layer...) { self.init(elements) }

  /// The name in job files.
  public var name: String { "sequential" }

  /// What the first layer takes.
  public var inputTokens: Int? { layers.first?.inputTokens }

  /// The last layer's result; `x` itself without layers.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    var x = x
    for (index, layer) in layers.enumerated() {
      x = try x.graph.withScope(String(index)) { () throws(GraphError) in
        try layer(x, &context)
      }
    }
    return x
  }

  /// Whether both chains have equal layers in the same order.
  public static func == (a: Sequential, b: Sequential) -> Bool {
    a.layers.count == b.layers.count && zip(a.layers, b.layers).allSatisfy { $0.isEqual(to: $1) }
  }

  /// Feeds each layer to `hasher`.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(layers.count)
    for layer in layers { layer.hash(into: &hasher) }
  }
}
