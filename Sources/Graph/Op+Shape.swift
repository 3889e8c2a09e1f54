extension Op {
  /// The result types for operands of the given types.
  ///
  /// - Throws: `GraphError` with both shapes when the operands do not fit.
  public func shapeRule(_ inputs: [TensorType]) throws(GraphError) -> [TensorType] {
    guard inputs.count == arity else {
      throw GraphError(name, "takes \(arity) operands, got \(inputs.count)")
    }
    for (index, input) in inputs.enumerated() {
      if case .reshape = self { continue }
      let wanted: ElementType = integerOperands.contains(index) ? .int32 : .float32
      guard input.element == wanted else {
        throw GraphError(
          name, "operand \(index) must be \(wanted.rawValue), is \(input.element.rawValue)")
      }
    }
    let shapes = inputs.map(\.shape)
    for (index, shape) in shapes.enumerated() { try expectElements(shape, "operand \(index)") }
    let results = try resultTypes(inputs, shapes)
    for result in results { try expectElements(result.shape, "the result") }
    return results
  }

  /// The rule itself, for operands that have elements.
  private func resultTypes(
    _ inputs: [TensorType], _ shapes: [Shape]
  ) throws(GraphError) -> [TensorType] {
    switch self {
    case .input, .parameter, .constant:
      throw GraphError(name, "a leaf is not appended as a node")
    case .matmul(let transposeA, let transposeB):
      return [TensorType(try matmulShape(shapes[0], transposeA, shapes[1], transposeB))]
    case .convolution(let window, let groups):
      return [TensorType(try convolutionShape(shapes[0], shapes[1], window, groups))]
    case .convolutionInputGradient(let window, let groups, let input):
      try expectElements(input, "the result")
      try expect(shapes[0], convolutionShape(input, shapes[1], window, groups), "gradient")
      return [TensorType(input)]
    case .convolutionFilterGradient(let window, let groups, let filter):
      try expectElements(filter, "the result")
      try expect(shapes[1], convolutionShape(shapes[0], filter, window, groups), "gradient")
      return [TensorType(filter)]
    case .addBias(let axis):
      try checkAxis(axis, of: shapes[0])
      try expect(shapes[1], [shapes[0][axis]], "bias for \(shapes[0])")
      return [inputs[0]]
    case .pool(_, let window):
      return [TensorType(try poolShape(shapes[0], window))]
    case .poolGradient(_, let window):
      try expect(shapes[0], poolShape(shapes[1], window), "gradient")
      try expect(shapes[2], shapes[0], "result")
      return [inputs[1]]
    case .unary, .scale, .rankSum:
      return [inputs[0]]
    case .softmax(let axis), .logSoftmax(let axis):
      try checkAxis(axis, of: shapes[0])
      return [inputs[0]]
    case .softmaxGradient(let axis), .logSoftmaxGradient(let axis):
      try checkAxis(axis, of: shapes[0])
      try expect(shapes[1], shapes[0], "saved value")
      return [inputs[0]]
    case .unaryGradient:
      try expect(shapes[1], shapes[0], "saved value")
      return [inputs[0]]
    case .binary:
      guard let shape = shapes[0].broadcast(with: shapes[1]) else {
        throw GraphError(name, "shapes \(shapes[0]) and \(shapes[1]) do not broadcast")
      }
      return [TensorType(shape)]
    case .dropout(let rate, _):
      guard (0..<1).contains(rate) else {
        throw GraphError(name, "rate must be in [0, 1), is \(rate)")
      }
      guard shapes[0].rank >= 1 else { throw GraphError(name, "needs a batch axis") }
      try expect(shapes[1], [shapes[0][0], 2], "keys")
      return [inputs[0]]
    case .reshape(let shape):
      try expectElements(shape, "the result")
      guard shape.count == shapes[0].count else {
        throw GraphError(
          name,
          "\(shapes[0]) has \(shapes[0].count) elements, \(shape) would have \(shape.count)")
      }
      return [TensorType(shape, inputs[0].element)]
    case .transpose(let permutation):
      guard permutation.sorted() == Array(0..<shapes[0].rank) else {
        throw GraphError(name, "\(permutation) does not permute the axes of \(shapes[0])")
      }
      return [TensorType(Shape(permutation.map { shapes[0][$0] }))]
    case .sum(let axes, let keepAxes):
      guard Set(axes).count == axes.count, axes.allSatisfy({ (0..<shapes[0].rank).contains($0) })
      else { throw GraphError(name, "axes \(axes) do not fit \(shapes[0])") }
      let kept = (0..<shapes[0].rank).compactMap { axis -> Int? in
        axes.contains(axis) ? (keepAxes ? 1 : nil) : shapes[0][axis]
      }
      return [TensorType(Shape(kept))]
    case .broadcast(let shape):
      try expectElements(shape, "the result")
      guard shapes[0].broadcast(with: shape) == shape else {
        throw GraphError(name, "\(shapes[0]) does not broadcast to \(shape)")
      }
      return [TensorType(shape)]
    case .concatenate(let axis, _):
      return [TensorType(try concatenatedShape(shapes, axis))]
    case .slice(let offsets, let shape):
      try expectElements(shape, "the result")
      try expectInside(shapes[0], offsets, shape)
      return [TensorType(shape)]
    case .pad(let before, let after):
      return [TensorType(try paddedShape(shapes[0], before, after))]
    case .gather:
      let (table, rows) = (shapes[0], shapes[1])
      guard table.rank >= 1, rows.rank == 1 else {
        throw GraphError(
          name, "needs a table of rows and a list of row numbers, is \(table), \(rows)")
      }
      return [TensorType(Shape([rows[0]] + table.dimensions.dropFirst()))]
    case .scatterAdd(let rows):
      guard shapes[0].rank >= 1, shapes[1] == [shapes[0][0]] else {
        throw GraphError(name, "\(shapes[1]) row numbers do not fit \(shapes[0])")
      }
      return [TensorType(Shape([rows] + shapes[0].dimensions.dropFirst()))]
    case .groupNorm(let norm):
      let groups = try groupShape(shapes[0], norm)
      for shape in shapes.dropFirst() { try expect(shape, [shapes[0][1]], "scale or offset") }
      return [inputs[0], TensorType(groups), TensorType(groups)]
    case .groupNormGradient(let norm):
      let groups = try groupShape(shapes[1], norm)
      let channels: Shape = [shapes[1][1]]
      try expect(shapes[0], shapes[1], "gradient")
      try expect(shapes[2], channels, "scale")
      for shape in shapes.dropFirst(3) { try expect(shape, groups, "statistics") }
      return [inputs[1], TensorType(channels), TensorType(channels)]
    case .recurrence(let recurrence):
      return try recurrenceTypes(shapes, recurrence)
    case .recurrenceGradient(let recurrence):
      return try recurrenceGradientTypes(shapes, recurrence)
    case .attention(let attention):
      return try attentionTypes(
        attention, projection: shapes[0], further: shapes.dropFirst())
    case .attentionGradient(let attention):
      let results = try attentionTypes(
        attention, projection: shapes[3], further: shapes.dropFirst(4))
      try expect(shapes[0], results[0].shape, "gradient")
      try expect(shapes[1], results[0].shape, "result")
      try expect(shapes[2], results[1].shape, "row sums")
      return [inputs[3]]
    case .classTargets(let targets):
      guard shapes[0].rank == 1 else { throw GraphError(name, "needs labels N, are \(shapes[0])") }
      try check(targets)
      return [TensorType([shapes[0][0], targets.classes])]
    case .batchNorm, .batchNormInference:
      let channels = try channelShape(shapes[0])
      for shape in shapes.dropFirst() { try expect(shape, channels, "statistics or scale") }
      if case .batchNormInference = self { return [inputs[0]] }
      return [inputs[0], TensorType(channels), TensorType(channels)]
    case .batchNormGradient:
      let channels = try channelShape(shapes[1])
      try expect(shapes[0], shapes[1], "gradient")
      for shape in shapes.dropFirst(2) { try expect(shape, channels, "statistics or scale") }
      return [inputs[1], TensorType(channels), TensorType(channels)]
    case .softmaxCrossEntropy, .correctPrediction:
      try expectLogits(shapes[0], labels: shapes[1])
      return [TensorType([shapes[0][0]])]
    case .softmaxCrossEntropyGradient:
      try expectLogits(shapes[0], labels: shapes[1])
      try expect(shapes[2], shapes[1], "gradient")
      return [inputs[0]]
    }
  }

  /// Operands of element type int32.
  private var integerOperands: Set<Int> {
    switch self {
    case .dropout, .softmaxCrossEntropy, .softmaxCrossEntropyGradient, .correctPrediction, .gather,
      .scatterAdd:
      [1]
    case .classTargets: [0]
    case .attention(let attention), .attentionGradient(let attention):
      attention.hasDropout ? [arity - 1] : []
    default: []
    }
  }

  /// Shapes are static, and nothing is defined on no samples or no channels: every extent is
  /// positive. The count is bounded so that sizes in bytes cannot overflow.
  func expectElements(_ shape: Shape, _ what: String) throws(GraphError) {
    if let reason = shape.fault { throw GraphError(name, "\(what) \(reason)") }
  }

  func expect(_ found: Shape, _ wanted: Shape, _ what: String) throws(GraphError) {
    guard found == wanted else {
      throw GraphError(name, "\(what) must be \(wanted), is \(found)")
    }
  }

  private func checkAxis(_ axis: Int, of shape: Shape) throws(GraphError) {
    guard (0..<shape.rank).contains(axis) else {
      throw GraphError(name, "no axis \(axis) in \(shape)")
    }
  }

  private func channelShape(_ x: Shape) throws(GraphError) -> Shape {
    guard x.rank >= 2 else { throw GraphError(name, "needs N x C x ..., is \(x)") }
    return [x[1]]
  }

  private func expectLogits(_ logits: Shape, labels: Shape) throws(GraphError) {
    guard logits.rank == 2 else {
      throw GraphError(name, "scores must be N x classes, are \(logits)")
    }
    try expect(labels, [logits[0]], "labels")
  }

  private func matmulShape(
    _ a: Shape, _ transposeA: Bool, _ b: Shape, _ transposeB: Bool
  ) throws(GraphError) -> Shape {
    guard a.rank >= 2, a.rank == b.rank,
      a.dimensions.dropLast(2) == b.dimensions.dropLast(2)
    else { throw GraphError(name, "shapes \(a) and \(b) have no common batch axes") }
    let r = a.rank
    let (m, k) = transposeA ? (a[r - 1], a[r - 2]) : (a[r - 2], a[r - 1])
    let (k2, n) = transposeB ? (b[r - 1], b[r - 2]) : (b[r - 2], b[r - 1])
    guard k == k2 else {
      throw GraphError(
        name,
        "\(a)\(transposeA ? " transposed" : "") times \(b)\(transposeB ? " transposed" : ""): inner extents \(k) and \(k2) differ"
      )
    }
    return Shape(a.dimensions.dropLast(2) + [m, n])
  }
}
