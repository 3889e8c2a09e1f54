public import Graph

/// Zeroes each element with probability `rate` while training and scales the rest by 1 / (1 - rate)
/// (Srivastava et al. 2014); the identity otherwise.
///
/// The mask is a function of the sample's random key, fed as the graph input
/// ``BuildContext/randomKeysName``, of the layer's salt (see ``BuildContext/nextDropout()``) and of
/// the element's index in its sample: not of the batch, the rank or the thread.
public struct Dropout: Layer {
  /// The probability of a zero, in [0, 1).
  public var rate: Float

  /// A layer that zeroes a fraction `rate` of its input.
  public init(rate: Float) { self.rate = rate }

  /// The name in job files.
  public var name: String { "dropout" }

  /// N x ... -> the same shape.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard x.graph.mode == .training else { return x }
    let (keys, salt) = context.nextDropout()
    return try x.dropout(rate: rate, keys: keys, salt: salt)
  }
}
