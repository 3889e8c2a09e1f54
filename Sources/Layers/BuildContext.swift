public import Graph

/// What layers share while one model is being built on one graph: the random keys and the count of
/// layers that draw from them.
public struct BuildContext {
  /// The name of the graph input that holds the random keys.
  public static let randomKeysName = "randomKeys"

  /// The graph being built.
  public let graph: TensorGraph
  /// Samples in the batch: the extent of axis 0 of the model's input.
  public let batchSize: Int
  /// The random key of each sample, int32 batchSize x 2; nil as long as no layer asked for it.
  public private(set) var randomKeys: Tensor?
  /// Which steps of each sample are tokens: float32 N x T, 1, or 0 for padding; nil if there is none.
  /// An ``Embedding`` with a padding token makes it.
  public private(set) var mask: Tensor?
  /// The number of dropout layers so far, which salts the next one.
  public private(set) var dropoutCount = 0

  /// A context for a model with inputs of `batchSize` samples.
  public init(graph: TensorGraph, batchSize: Int) {
    self.graph = graph
    self.batchSize = batchSize
  }

  /// Says which steps are tokens, float32 N x T, for the layers that follow.
  public mutating func setMask(_ mask: Tensor) { self.mask = mask }

  /// The mask, if it goes with the steps of `x`, N x T x ...
  public func mask(for x: Tensor) -> Tensor? {
    mask.flatMap { $0.shape.dimensions == Array(x.shape.dimensions.prefix(2)) ? $0 : nil }
  }

  /// The keys for the next dropout layer and its salt.
  ///
  /// The salt is the number of dropout layers before it in the order of building. It keeps the masks
  /// of two layers apart though both draw from one key a sample, and does not depend on paths,
  /// batch sizes or ranks.
  public mutating func nextDropout() -> (keys: Tensor, salt: UInt32) {
    let keys =
      randomKeys ?? graph.input(Self.randomKeysName, TensorType([batchSize, 2], .int32))
    randomKeys = keys
    defer { dropoutCount += 1 }
    return (keys, UInt32(truncatingIfNeeded: dropoutCount))
  }
}
