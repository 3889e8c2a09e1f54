public import Graph

/// A network: the shape of one sample and the layers it passes.
///
/// Parameter paths are `layers.<index>.<name>`, for example `layers.0.weight`.
public struct Model: Hashable, Sendable {
  /// The scope under which the layers are built.
  public static let scope = "layers"

  /// The shape of one sample, without the batch axis.
  public var inputShape: Shape
  /// The layers, first to last.
  public var layers: Sequential

  /// A model over samples of `inputShape`.
  public init(inputShape: Shape, layers: Sequential) {
    self.inputShape = inputShape
    self.layers = layers
  }

  /// The type of a batch of `batchSize` samples: int32 if the first layer takes token ids.
  public func batchType(_ batchSize: Int) -> TensorType {
    TensorType(batchShape(batchSize), layers.inputTokens == nil ? .float32 : .int32)
  }

  /// The shape of a batch of `batchSize` samples.
  public func batchShape(_ batchSize: Int) -> Shape {
    Shape([batchSize] + inputShape.dimensions)
  }

  /// Appends the layers; `features` is N x ``inputShape``.
  public func logits(
    _ features: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard features.shape.rank > 0, features.shape == batchShape(features.shape[0]) else {
      throw GraphError(
        "model", "features must be N x \(inputShape), are \(features.shape)",
        scope: features.graph.scope)
    }
    return try features.graph.withScope(Self.scope) { () throws(GraphError) in
      try layers(features, &context)
    }
  }
}
