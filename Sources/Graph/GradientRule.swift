/// The vector-Jacobian product of one node: from the gradients of its results to those of its
/// operands.
struct GradientRule {
  let operands: [Tensor]
  let results: [Tensor]
  /// The gradient of each result; nil where the loss does not depend on it.
  let gradients: [Tensor?]
  /// Whether anybody needs the gradient of each operand.
  let wanted: [Bool]

  /// The gradient of the first result, which every op but `batchNorm` has alone.
  private func dy() throws(GraphError) -> Tensor {
    if let first = gradients[0] { return first }
    return results[0].graph.constant(0, results[0].shape)
  }

  private var x: Tensor { operands[0] }

  func apply(_ op: Op) throws(GraphError) -> [Tensor?] {
    switch op {
    case .input, .parameter, .constant, .correctPrediction, .classTargets:
      return operands.map { _ in nil }

    case .matmul(let transposeA, let transposeB):
      return try matmul(transposeA, transposeB)

    case .convolution(let window, let groups):
      let dy = try dy()
      let filter = operands[1]
      // The filter's gradient first: the sooner it is final, the sooner it can travel.
      let dFilter =
        wanted[1]
        ? try x.one(
          .convolutionFilterGradient(window, groups: groups, filter: filter.shape), dy) : nil
      let dx =
        wanted[0]
        ? try dy.one(.convolutionInputGradient(window, groups: groups, input: x.shape), filter)
        : nil
      return [dx, dFilter]

    case .addBias(let axis):
      let dy = try dy()
      let others = (0..<dy.shape.rank).filter { $0 != axis }
      return [dy, wanted[1] ? try dy.sum(others) : nil]

    case .pool(let kind, let window):
      return [try dy().one(.poolGradient(kind, window), x, results[0])]

    case .unary(let function):
      let saved = function.gradientUsesOutput ? results[0] : x
      return [try dy().one(.unaryGradient(function), saved)]

    case .binary(let function):
      return try binary(function)

    case .scale(let factor):
      return [try dy().scaled(by: factor)]

    case .rankSum:
      return [try dy().summedOverRanks()]

    case .dropout:
      return [try dy().one(op, operands[1]), nil]

    case .reshape:
      return [try dy().reshaped(to: x.shape)]

    case .transpose(let permutation):
      var inverse = permutation
      for (axis, source) in permutation.enumerated() { inverse[source] = axis }
      return [try dy().transposed(inverse)]

    case .sum(let axes, _):
      let kept = Shape(x.shape.dimensions.enumerated().map { axes.contains($0) ? 1 : $1 })
      return [try dy().reshaped(to: kept).broadcast(to: x.shape)]

    case .broadcast:
      return [try dy().summed(to: x.shape)]

    case .softmax(let axis):
      return [try dy().one(.softmaxGradient(axis: axis), results[0])]

    case .logSoftmax(let axis):
      return [try dy().one(.logSoftmaxGradient(axis: axis), results[0])]

    case .batchNorm(let epsilon):
      guard gradients[1] == nil, gradients[2] == nil else {
        throw GraphError(op.name, "the batch statistics cannot be differentiated")
      }
      return try x.graph.append(
        .batchNormGradient(epsilon: epsilon), [dy(), x, operands[1], results[1], results[2]])

    case .batchNormInference(let epsilon):
      return try batchNormInference(epsilon)

    case .softmaxCrossEntropy:
      return [try x.one(.softmaxCrossEntropyGradient, operands[1], dy()), nil]

    // The three convolutions are linear in both operands, and each is a derivative of another.
    case .convolutionInputGradient(let window, let groups, _):
      let (gradient, filter) = (try dy(), operands[1])
      let dFilter =
        wanted[1]
        ? try gradient.one(
          .convolutionFilterGradient(window, groups: groups, filter: filter.shape), x) : nil
      return [
        wanted[0] ? try gradient.convolved(with: filter, window, groups: groups) : nil, dFilter,
      ]
    case .convolutionFilterGradient(let window, let groups, _):
      let (gradient, upper) = (try dy(), operands[1])
      let dx =
        wanted[0]
        ? try upper.one(
          .convolutionInputGradient(window, groups: groups, input: x.shape), gradient) : nil
      return [dx, wanted[1] ? try x.convolved(with: gradient, window, groups: groups) : nil]

    case .concatenate(let axis, _):
      return try parts(along: axis)
    case .slice(let offsets, let shape):
      let after = offsets.indices.map { x.shape[$0] - offsets[$0] - shape[$0] }
      return [try dy().one(.pad(before: offsets, after: after))]
    case .pad(let before, _):
      return [try dy().one(.slice(offsets: before, x.shape))]
    case .gather:
      return [try dy().one(.scatterAdd(rows: x.shape[0]), operands[1]), nil]
    case .scatterAdd:
      return [try dy().one(.gather, operands[1]), nil]

    case .groupNorm(let norm):
      guard gradients[1] == nil, gradients[2] == nil else {
        throw GraphError(op.name, "the statistics cannot be differentiated")
      }
      return try x.graph.append(
        .groupNormGradient(norm), [dy(), x, operands[1], results[1], results[2]])

    case .recurrence(let recurrence):
      return try self.recurrence(recurrence)

    case .attention(let attention):
      guard gradients[1] == nil else {
        throw GraphError(op.name, "the row sums cannot be differentiated")
      }
      let dx = try x.graph.append(
        .attentionGradient(attention), [dy(), results[0], results[1]] + operands)
      return dx + operands.dropFirst().map { _ in nil }

    case .recurrenceGradient, .attentionGradient, .poolGradient, .unaryGradient, .softmaxGradient,
      .logSoftmaxGradient,
      .batchNormGradient,
      .groupNormGradient, .softmaxCrossEntropyGradient:
      throw GraphError(op.name, "has no gradient rule: second derivatives are not supported")
    }
  }

  /// Gradients of the gates, the weights, the first state and, if any, the cell state or the bias.
  private func recurrence(_ recurrence: Recurrence) throws(GraphError) -> [Tensor?] {
    guard gradients.dropFirst().allSatisfy({ $0 == nil }) else {
      throw GraphError(
        recurrence.cell.name, "gates and cell states cannot be differentiated")
    }
    let first = operands[1..<(recurrence.cell == .lstm ? 4 : 3)]
    let mask = recurrence.isMasked ? operands.suffix(1) : []
    let found = try x.graph.append(
      .recurrenceGradient(recurrence), [try dy()] + first + results + mask)
    return found + mask.map { _ in nil }
  }

  /// The slices of dy that belong to the operands of a concatenation.
  private func parts(along axis: Int) throws(GraphError) -> [Tensor?] {
    var offsets = [Int](repeating: 0, count: x.shape.rank)
    var slices: [Tensor?] = []
    for (operand, isWanted) in zip(operands, wanted) {
      slices.append(isWanted ? try dy().one(.slice(offsets: offsets, operand.shape)) : nil)
      offsets[axis] += operand.shape[axis]
    }
    return slices
  }

  /// C = op(A) op(B), see Giles 2008, "Collected matrix derivative results".
  private func matmul(_ transposeA: Bool, _ transposeB: Bool) throws(GraphError) -> [Tensor?] {
    let (a, b, dy) = (operands[0], operands[1], try dy())
    let db =
      !wanted[1]
      ? nil
      : transposeB
        ? try dy.matmul(a, transposeA: true, transposeB: transposeA)
        : try a.matmul(dy, transposeA: !transposeA)
    let da =
      !wanted[0]
      ? nil
      : transposeA
        ? try b.matmul(dy, transposeA: transposeB, transposeB: true)
        : try dy.matmul(b, transposeB: !transposeB)
    return [da, db]
  }

  /// y = gamma (x - mean) / s + beta with s = sqrt(variance + epsilon); all of them given, so that
  /// each channel is an affine function of x ("frozen" batch norm).
  private func batchNormInference(_ epsilon: Float) throws(GraphError) -> [Tensor?] {
    let (dy, gamma, mean, variance) = (try dy(), operands[1], operands[3], operands[4])
    let (zeros, ones) = (dy.graph.constant(0, gamma.shape), dy.graph.constant(1, gamma.shape))
    let others = (0..<x.shape.rank).filter { $0 != 1 }
    var gradients = [Tensor?](repeating: nil, count: 5)
    if wanted[0] {
      gradients[0] = try dy.batchNormalized(
        scale: gamma, offset: zeros, mean: zeros, variance: variance, epsilon: epsilon)
    }
    if wanted[1] || wanted[4] {
      let normal = try x.batchNormalized(
        scale: ones, offset: zeros, mean: mean, variance: variance, epsilon: epsilon)
      gradients[1] = try (dy * normal).sum(others)
    }
    if wanted[2] || wanted[3] { gradients[2] = try dy.sum(others) }
    guard wanted[3] || wanted[4] else { return gradients }
    let squared = try variance + dy.graph.constant(epsilon)
    if wanted[3], let dBeta = gradients[2] {
      gradients[3] = try (dBeta * gamma / squared(.squareRoot)).scaled(by: -1)
    }
    if wanted[4], let dGamma = gradients[1] {
      gradients[4] = try (dGamma * gamma / squared).scaled(by: -0.5)
    }
    return gradients
  }

  private func binary(_ function: Binary) throws(GraphError) -> [Tensor?] {
    let (a, b, dy) = (operands[0], operands[1], try dy())
    func give(_ index: Int, _ gradient: () throws(GraphError) -> Tensor) throws(GraphError)
      -> Tensor?
    {
      wanted[index] ? try gradient().summed(to: operands[index].shape) : nil
    }
    switch function {
    case .add:
      return [
        try give(0) { () throws(GraphError) in dy }, try give(1) { () throws(GraphError) in dy },
      ]
    case .subtract:
      return [
        try give(0) { () throws(GraphError) in dy },
        try give(1) { () throws(GraphError) in try dy.scaled(by: -1) },
      ]
    case .multiply:
      return [
        try give(0) { () throws(GraphError) in try dy * b },
        try give(1) { () throws(GraphError) in try dy * a },
      ]
    case .divide:
      return [
        try give(0) { () throws(GraphError) in try dy / b },
        try give(1) { () throws(GraphError) in
          try (dy * results[0] / b).scaled(by: -1)
        },
      ]
    }
  }
}
