/// What a node computes. Float32 unless said otherwise; images are N x C x spatial axes.
///
/// One case an op; its shape rule is in ``shapeRule(_:)``, its gradient rule in `GradientRule`, its
/// cost in ``cost(inputs:outputs:)``. What adding one takes is in `Documentation/adding-an-op.md`.
public enum Op: Hashable, Sendable {
  // MARK: Leaves

  /// A value fed at each step.
  case input(name: String)
  /// A trained parameter or a buffer such as a running mean, by its dotted path.
  case parameter(path: String)
  /// A tensor filled with one value.
  case constant(Float)

  // MARK: Linear algebra

  /// Matrix product of the last two axes: (A: batch x M x K, B: batch x K x N) -> batch x M x N.
  case matmul(transposeA: Bool, transposeB: Bool)
  /// (x: N x C x spatial, filter: O x C/groups x window) -> N x O x spatial'.
  case convolution(Window, groups: Int)
  /// (dy, filter) -> dx of the given shape.
  case convolutionInputGradient(Window, groups: Int, input: Shape)
  /// (x, dy) -> dfilter of the given shape.
  case convolutionFilterGradient(Window, groups: Int, filter: Shape)
  /// (x, bias of the extent of `axis`) -> x + bias, broadcast over all other axes.
  case addBias(axis: Int)

  // MARK: Pooling

  /// (x) -> y.
  case pool(Pooling, Window)
  /// (dy, x, y) -> dx.
  case poolGradient(Pooling, Window)

  // MARK: Elementwise

  /// (x) -> f(x).
  case unary(Unary)
  /// (dy, saved) -> dx; saved is f(x) or x, see ``Unary/gradientUsesOutput``.
  case unaryGradient(Unary)
  /// (a, b) -> a op b, broadcast by NumPy's rule.
  case binary(Binary)
  /// (x) -> factor * x.
  case scale(Float)
  /// (x, keys: int32 N x 2) -> x * mask / (1 - rate); the mask is a function of the sample's key,
  /// of `salt` and of the element's row-major index within the sample. Its own gradient.
  case dropout(rate: Float, salt: UInt32)

  // MARK: Shape and reduction

  /// (x) -> the same elements in row-major order under another shape.
  case reshape(Shape)
  /// (x) -> axes permuted: result axis i is axis `permutation[i]` of x.
  case transpose([Int])
  /// (x) -> sums over `axes`, which stay as extents of 1 if `keepAxes`.
  case sum(axes: [Int], keepAxes: Bool)
  /// (x) -> x repeated to `shape` by NumPy's rule.
  case broadcast(Shape)
  /// (`count` tensors, alike but for `axis`) -> one behind the other along `axis`.
  case concatenate(axis: Int, count: Int)
  /// (x) -> the part of the given shape that begins at `offsets`.
  case slice(offsets: [Int], Shape)
  /// (x) -> x with so many zeros before and after it on each axis.
  case pad(before: [Int], after: [Int])

  // MARK: Ranks

  /// (x) -> the sum of x over all ranks that run the same step; x itself on one. Its own gradient, as
  /// the loss is a sum over ranks.
  case rankSum

  // MARK: Tables

  /// (table: R x ..., rows: int32 S) -> S x ...: row `rows[i]` of the table; zeros for a row that is
  /// not in it.
  case gather
  /// (dy: S x ..., rows: int32 S) -> R x ...: each row of dy added to its row of zeros, in order.
  case scatterAdd(rows: Int)

  // MARK: Recurrence

  /// (pre-activations of the gates by the input: T x N x G·H, weights: G·H x H, first state: N x H, then
  /// for an LSTM the first cell state: N x H, for a GRU the recurrent bias: G·H, and if it is masked
  /// the mask: T x N) -> y: T x N x H, the state after each step; behind it, for LSTM and GRU, what the
  /// gradient needs: the gates T x N x G·H, and the cell states or the inner product of the candidate
  /// T x N x H. G and the formulas are those of ``Recurrence/Cell``.
  case recurrence(Recurrence)
  /// (dy, weights, first state, for an LSTM the first cell state, all results, mask) -> (dgates,
  /// dweights, dstate, and dcell or dbias).
  case recurrenceGradient(Recurrence)

  // MARK: Normalisation

  /// (x) -> softmax along `axis`.
  case softmax(axis: Int)
  /// (dy, y) -> dx.
  case softmaxGradient(axis: Int)
  /// (x) -> logarithm of softmax along `axis`.
  case logSoftmax(axis: Int)
  /// (dy, y) -> dx.
  case logSoftmaxGradient(axis: Int)
  /// (x, gamma, beta) -> (y, mean, biased variance) per channel (axis 1) of this batch.
  case batchNorm(epsilon: Float)
  /// (x, gamma, beta, mean, variance) -> y.
  case batchNormInference(epsilon: Float)
  /// (dy, x, gamma, mean, variance) -> (dx, dgamma, dbeta).
  case batchNormGradient(epsilon: Float)

  /// (x: N x C x ..., gamma: C, beta: C) -> (y, mean: N x G, 1 / deviation: N x G), normalised over
  /// each group of each sample.
  case groupNorm(GroupNormalization)
  /// (dy, x, gamma, mean, 1 / deviation) -> (dx, dgamma, dbeta).
  case groupNormGradient(GroupNormalization)

  // MARK: Attention

  /// (projection: N x T x 3 E, [mask: N x T], [keys: int32 N x 2]) -> (y: N x T x E, logarithm of the
  /// sum of exponentials of each row of scores: N x heads x T).
  case attention(Attention)
  /// (dy, y, row sums, projection, [mask], [keys]) -> dprojection.
  case attentionGradient(Attention)

  // MARK: Losses and metrics

  /// (labels: int32 N) -> the distribution over classes that each label stands for: N x C.
  case classTargets(ClassTargets)

  /// (logits: N x C, labels: int32 N) -> loss of each sample: N.
  case softmaxCrossEntropy
  /// (logits, labels, dloss: N) -> dlogits.
  case softmaxCrossEntropyGradient
  /// (scores: N x C, labels: int32 N) -> 1 where the first largest score is the label's, else 0: N.
  case correctPrediction
}

/// The geometry of a convolution or pooling window, one entry a spatial axis.
public struct Window: Hashable, Sendable {
  /// Extent of the window.
  public var size: [Int]
  /// Step between windows.
  public var strides: [Int]
  /// Zeros before the first element of each axis.
  public var paddingBefore: [Int]
  /// Zeros after the last element of each axis.
  public var paddingAfter: [Int]
  /// Distance between the elements of a window; 1 is dense.
  public var dilation: [Int]

  /// A window; strides and dilation default to 1, padding to none.
  public init(
    size: [Int], strides: [Int]? = nil, paddingBefore: [Int]? = nil, paddingAfter: [Int]? = nil,
    dilation: [Int]? = nil
  ) {
    let ones = size.map { _ in 1 }
    let zeros = size.map { _ in 0 }
    self.size = size
    self.strides = strides ?? ones
    self.paddingBefore = paddingBefore ?? zeros
    self.paddingAfter = paddingAfter ?? zeros
    self.dilation = dilation ?? ones
  }

  /// Extent of the window with its holes: (size - 1) * dilation + 1.
  public func reach(axis: Int) -> Int { (size[axis] - 1) * dilation[axis] + 1 }

  /// Output extent for an input of `extent` on `axis`; not positive if the window does not fit.
  public func outputExtent(_ extent: Int, axis: Int) -> Int {
    let room = extent + paddingBefore[axis] + paddingAfter[axis] - reach(axis: axis)
    return room < 0 ? 0 : room / strides[axis] + 1
  }

  /// The first output position whose window covers padding only; nil if each covers an element.
  func emptyPosition(extent: Int, axis: Int) -> Int? {
    (0..<outputExtent(extent, axis: axis)).first { position in
      let first = position * strides[axis] - paddingBefore[axis]
      // The first tap that is not before the input.
      let tap = first >= 0 ? 0 : (-first + dilation[axis] - 1) / dilation[axis]
      return tap >= size[axis] || first + tap * dilation[axis] >= extent
    }
  }
}

/// Normalisation of each sample by itself, over groups of neighbouring channels (Wu and He 2018).
///
/// One group over N x C is layer normalisation, C groups are instance normalisation; without a centre
/// it is RMS normalisation (Zhang and Sennrich 2019).
public struct GroupNormalization: Hashable, Sendable {
  /// Groups of channels, axis 1.
  public var groups: Int
  /// Added to the variance, or to the mean square.
  public var epsilon: Float
  /// Whether the mean is taken off; if not, what is given as the mean is 0.
  public var isCentered: Bool

  /// A normalisation over `groups` groups.
  public init(groups: Int, epsilon: Float, isCentered: Bool = true) {
    self.groups = groups
    self.epsilon = epsilon
    self.isCentered = isCentered
  }
}

/// What a label asks of the scores: weights[c] * ((1 - smoothing) * (c == label) + smoothing / C), and
/// zeros for an ignored label (`torch.nn.CrossEntropyLoss`; Szegedy et al. 2016).
///
/// The weight of the label's own class multiplies the first part, that of each class its second.
public struct ClassTargets: Hashable, Sendable {
  /// The number of classes.
  public var classes: Int
  /// The share that is spread over all classes.
  public var smoothing: Float
  /// One weight a class; all 1 if empty.
  public var weights: [Float]
  /// The label that asks for nothing.
  public var ignoredLabel: Int32?

  /// Plain labels of `classes` classes, unless said otherwise.
  public init(
    classes: Int, smoothing: Float = 0, weights: [Float] = [], ignoredLabel: Int32? = nil
  ) {
    self.classes = classes
    self.smoothing = smoothing
    self.weights = weights
    self.ignoredLabel = ignoredLabel
  }
}

/// The kinds of pooling.
public enum Pooling: String, Hashable, Sendable {
  /// The largest element; of equal ones the first in row-major order gets the gradient.
  case maximum
  /// The mean over the elements inside the input: padding is not counted.
  case average
}

/// The two-operand elementwise functions.
public enum Binary: String, Hashable, Sendable {
  case add, subtract, multiply, divide
}
