// MARK: - Putting together and taking apart

extension Tensor {
  /// Tensors one behind the other along `axis`; they are alike on all other axes.
  public static func concatenated(_ parts: [Tensor], axis: Int) throws(GraphError) -> Tensor {
    guard let first = parts.first else { throw GraphError("concatenate", "there is nothing") }
    if parts.count == 1 { return first }
    return try first.graph.append(.concatenate(axis: axis, count: parts.count), parts)[0]
  }

  /// The elements `range` of `axis`.
  public func sliced(axis: Int, _ range: Range<Int>) throws(GraphError) -> Tensor {
    guard (0..<shape.rank).contains(axis) else {
      throw GraphError("slice", "no axis \(axis) in \(shape)", scope: graph.scope)
    }
    var offsets = [Int](repeating: 0, count: shape.rank)
    var extents = shape.dimensions
    (offsets[axis], extents[axis]) = (range.lowerBound, range.count)
    return try one(.slice(offsets: offsets, Shape(extents)))
  }

  /// So many zeros before and after each axis.
  public func padded(before: [Int], after: [Int]) throws(GraphError) -> Tensor {
    try one(.pad(before: before, after: after))
  }

  /// Each element of axis i repeated `factors[i]` times in place: nearest-neighbour upsampling.
  public func repeated(_ factors: [Int]) throws(GraphError) -> Tensor {
    guard factors.count == shape.rank, factors.allSatisfy({ $0 > 0 }) else {
      throw GraphError("repeat", "factors \(factors) do not fit \(shape)", scope: graph.scope)
    }
    // N x 1 is repeated to N x f, which in row-major order is each element f times.
    var (split, wide, result): ([Int], [Int], [Int]) = ([], [], [])
    for (extent, factor) in zip(shape.dimensions, factors) {
      split += factor == 1 ? [extent] : [extent, 1]
      wide += factor == 1 ? [extent] : [extent, factor]
      result.append(extent * factor)
    }
    return try reshaped(to: Shape(split)).broadcast(to: Shape(wide)).reshaped(to: Shape(result))
  }
}

// MARK: - Tables

extension Tensor {
  /// Rows of this table R x ... by their int32 numbers of any shape S: S x ...
  public func rows(_ numbers: Tensor) throws(GraphError) -> Tensor {
    let flat = try numbers.reshaped(to: [numbers.shape.count])
    return try one(.gather, flat).reshaped(
      to: Shape(numbers.shape.dimensions + shape.dimensions.dropFirst()))
  }
}

// MARK: - Normalisation of each sample, transposed convolution

extension Tensor {
  /// Normalises each group of channels (axis 1) of each sample (Wu and He 2018).
  public func groupNormalized(
    scale: Tensor, offset: Tensor, groups: Int, epsilon: Float
  ) throws(GraphError) -> Tensor {
    try one(.groupNorm(GroupNormalization(groups: groups, epsilon: epsilon)), scale, offset)
  }

  /// Normalises the last axis by mean and deviation (Ba et al. 2016).
  public func layerNormalized(
    scale: Tensor, offset: Tensor, epsilon: Float
  ) throws(GraphError) -> Tensor {
    let norm = GroupNormalization(groups: 1, epsilon: epsilon)
    return try asRows().one(.groupNorm(norm), scale, offset).reshaped(to: shape)
  }

  /// Divides the last axis by the root of its mean square (Zhang and Sennrich 2019).
  public func rootMeanSquareNormalized(
    scale: Tensor, epsilon: Float
  ) throws(GraphError) -> Tensor {
    let norm = GroupNormalization(groups: 1, epsilon: epsilon, isCentered: false)
    let zeros = graph.constant(0, scale.shape)
    return try asRows().one(.groupNorm(norm), scale, zeros).reshaped(to: shape)
  }

  private func asRows() throws(GraphError) -> Tensor {
    guard let width = shape.dimensions.last else {
      throw GraphError("norm", "a scalar has no axis", scope: graph.scope)
    }
    return try reshaped(to: [shape.count / max(1, width), width])
  }

  /// The adjoint of a convolution: N x O x spatial' with O x C/groups x window gives `result`, N x C x
  /// spatial, of which `window` makes spatial'.
  public func convolvedTransposed(
    with filter: Tensor, _ window: Window, groups: Int = 1, to result: Shape
  ) throws(GraphError) -> Tensor {
    try one(.convolutionInputGradient(window, groups: groups, input: result), filter)
  }

  /// The distribution over classes that each int32 label stands for: N -> N x C.
  public func classTargets(_ targets: ClassTargets) throws(GraphError) -> Tensor {
    try one(.classTargets(targets))
  }
}
