/// Scaled dot-product self-attention of several heads (Vaswani et al. 2017): for each sample and head
/// softmax(q kᵀ scale) v, where q, k and v stand side by side in one projection.
///
///     projection   N x T x | q of head 0 | q of head 1 | k of head 0 | k of head 1 | v ... |
///     result       N x T x |   head 0    |   head 1    |
///
/// PyTorch's `in_proj_weight` gives this order.
public struct Attention: Hashable, Sendable {
  /// The number of heads, each of which has as wide a part of q, k and v.
  public var heads: Int
  /// Whether step t sees steps up to t only.
  public var isCausal: Bool
  /// Whether there is a mask operand: float32 N x T, 0 for the steps that nobody sees.
  public var hasMask: Bool
  /// The probability with which a weight after the softmax is zeroed; the others are scaled.
  public var dropoutRate: Float
  /// Keeps the masks of two dropouts apart that draw from one key; see ``Op/dropout(rate:salt:)``.
  public var salt: UInt32

  /// Attention of `heads` heads.
  public init(
    heads: Int, isCausal: Bool = false, hasMask: Bool = false, dropoutRate: Float = 0,
    salt: UInt32 = 0
  ) {
    self.heads = heads
    self.isCausal = isCausal
    self.hasMask = hasMask
    self.dropoutRate = dropoutRate
    self.salt = salt
  }

  /// Whether there is an operand of random keys, the last one: int32 N x 2.
  public var hasDropout: Bool { dropoutRate > 0 }
  /// Operands beside those that all attentions have: the mask, the keys.
  var furtherOperands: Int { (hasMask ? 1 : 0) + (hasDropout ? 1 : 0) }

  /// The width of one head for a projection N x T x 3 E.
  public func headWidth(_ projection: Shape) -> Int { projection[2] / (3 * max(1, heads)) }
}

extension Tensor {
  /// Self-attention over this projection, N x T x 3 E -> N x T x E; see ``Attention``.
  ///
  /// - Parameters:
  ///   - mask: float32 N x T; nobody sees the steps where it is 0. A row that sees nothing gives zeros.
  ///   - dropout: Rate, keys (int32 N x 2) and salt of the dropout of the weights.
  /// - Throws: `GraphError` if the shapes do not fit.
  public func attended(
    heads: Int, isCausal: Bool, mask: Tensor? = nil,
    dropout: (rate: Float, keys: Tensor, salt: UInt32)? = nil
  ) throws(GraphError) -> Tensor {
    var attention = Attention(heads: heads, isCausal: isCausal, hasMask: mask != nil)
    var operands = [self] + (mask.map { [$0] } ?? [])
    if let dropout, dropout.rate > 0 {
      (attention.dropoutRate, attention.salt) = (dropout.rate, dropout.salt)
      operands.append(dropout.keys)
    }
    return try graph.append(.attention(attention), operands)[0]
  }
}

extension Op {
  /// N x T x E of the result and N x heads x T of the row sums.
  func attentionTypes(
    _ attention: Attention, projection: Shape, further: ArraySlice<Shape>
  ) throws(GraphError) -> [TensorType] {
    guard projection.rank == 3 else {
      throw GraphError(name, "needs a projection N x T x 3 E, is \(projection)")
    }
    guard attention.heads > 0, projection[2] % (3 * attention.heads) == 0 else {
      throw GraphError(
        name,
        "\(projection[2]) is not q, k and v of \(attention.heads) heads: no multiple of 3 x heads"
      )
    }
    guard (0..<1).contains(attention.dropoutRate) else {
      throw GraphError(name, "the dropout rate must be in [0, 1), is \(attention.dropoutRate)")
    }
    var further = further
    let (samples, steps) = (projection[0], projection[1])
    if attention.hasMask, let mask = further.popFirst(), mask != [samples, steps] {
      throw GraphError(name, "the mask must be \(Shape([samples, steps])), is \(mask)")
    }
    if attention.hasDropout, let keys = further.popFirst(), keys != [samples, 2] {
      throw GraphError(name, "keys must be \(Shape([samples, 2])), are \(keys)")
    }
    return [
      TensorType([samples, steps, projection[2] / 3]),
      TensorType([samples, attention.heads, steps]),
    ]
  }
}
