import Graph

extension ONNXExport {
  /// Appends what computes `node` and returns the name of its first result.
  mutating func translate(_ node: TensorGraph.Node) throws(InterchangeError) -> String {
    let result = TensorGraph.Value(node: node.index)
    var operands: [String] = []
    for input in node.inputs { operands.append(try name(of: input)) }
    let scope = node.scope
    switch node.op {
    case .parameter(let path): return parameter(path)
    case .constant(let value):
      let scalar = constant(value)
      let extents = try extents(of: result)
      return extents.isEmpty ? scalar : emit("Expand", [scalar, shape(extents)], scope: scope)
    case .matmul(let transposeA, let transposeB):
      return product(operands, transposeA, transposeB, rank: shape(of: result).count, scope)
    case .convolution(let window, let groups):
      return emit(
        "Conv", operands, Self.attributes(window) + [("group", .integer(groups))], scope: scope)
    case .convolutionInputGradient(let window, let groups, let image):
      return transposedConvolution(node, operands, window, groups, image)
    case .pool(let pooling, let window):
      return try pool(node, operands[0], pooling, window)
    case .addBias(let axis):
      return emit(
        "Add", [operands[0], vector(operands[1], axis: axis, rank: shape(of: result).count)],
        scope: scope)
    case .unary(let function): return unary(function, operands[0], scope)
    case .binary(let function):
      let kinds: [Binary: String] = [
        .add: "Add", .subtract: "Sub", .multiply: "Mul", .divide: "Div",
      ]
      return emit(kinds[function] ?? "", operands, scope: scope)
    case .scale(let factor): return emit("Mul", [operands[0], constant(factor)], scope: scope)
    case .softmax(let axis):
      return emit("Softmax", operands, [("axis", .integer(axis))], scope: scope)
    case .logSoftmax(let axis):
      return emit("LogSoftmax", operands, [("axis", .integer(axis))], scope: scope)
    case .batchNormInference(let epsilon):
      return emit("BatchNormalization", operands, [("epsilon", .float(epsilon))], scope: scope)
    case .recurrence(let recurrence): return recurrent(operands, recurrence, scope)
    case .groupNorm(let norm): return try groupNorm(node, operands, norm)
    case .attention(let heads): return try attention(node, operands, heads)
    case .reshape:
      return emit("Reshape", [operands[0], target(try extents(of: result))], scope: scope)
    case .transpose(let permutation):
      return emit("Transpose", operands, [("perm", .integers(permutation))], scope: scope)
    case .sum(let axes, let keepAxes):
      return emit(
        "ReduceSum", operands + [integers(axes)], [("keepdims", .integer(keepAxes ? 1 : 0))],
        scope: scope)
    case .broadcast:
      return emit("Expand", operands + [shape(try extents(of: result))], scope: scope)
    case .concatenate(let axis, _):
      return emit("Concat", operands, [("axis", .integer(axis))], scope: scope)
    case .slice(let offsets, let part): return slice(node, operands[0], offsets, part)
    case .pad(let before, let after):
      return emit("Pad", operands + [integers(before + after)], scope: scope)
    case .gather: return emit("Gather", operands, [("axis", .integer(0))], scope: scope)
    default: throw unsupported(node, "there is no translation of \(node.op.name)")
    }
  }

  private mutating func product(
    _ operands: [String], _ transposeA: Bool, _ transposeB: Bool, rank: Int, _ scope: String
  ) -> String {
    if rank == 2 {
      return emit(
        "Gemm", operands,
        [("transA", .integer(transposeA ? 1 : 0)), ("transB", .integer(transposeB ? 1 : 0))],
        scope: scope)
    }
    var operands = operands
    let swapped = Array(0..<rank - 2) + [rank - 1, rank - 2]
    for (index, isTransposed) in [transposeA, transposeB].enumerated() where isTransposed {
      operands[index] = emit(
        "Transpose", [operands[index]], [("perm", .integers(swapped))], scope: scope)
    }
    return emit("MatMul", operands, scope: scope)
  }

  private mutating func slice(
    _ node: TensorGraph.Node, _ operand: String, _ offsets: [Int], _ part: Shape
  ) -> String {
    // Axes that stay whole are not named: the batch may be among them.
    let whole = shape(of: node.inputs[0])
    let cut = offsets.indices.filter { part[$0] != whole[$0] }
    return emit(
      "Slice",
      [
        operand, integers(cut.map { offsets[$0] }), integers(cut.map { offsets[$0] + part[$0] }),
        integers(cut),
      ], scope: node.scope)
  }

  /// A vector over `axis`, with axes of extent 1 behind it so that it is repeated over the others.
  mutating func vector(_ operand: String, axis: Int, rank: Int) -> String {
    guard axis < rank - 1 else { return operand }
    let ones = [Int](repeating: 1, count: rank - 1 - axis)
    return emit("Reshape", [operand, integers([-1] + ones)])
  }

  /// (x - mean) / deviation, of which the value of the input is made.
  mutating func normalize(_ features: TensorGraph.Value, _ normalization: ONNXModel.Normalization) {
    let rank = shape(of: features).count
    let width = normalization.mean.count
    let extents = width == 1 ? [] : [width] + [Int](repeating: 1, count: rank - 2)
    let centred = emit("Sub", ["features", constant(normalization.mean, shape: extents)])
    bind(
      features,
      to: emit("Div", [centred, constant(normalization.deviation, shape: extents)]))
  }
}
