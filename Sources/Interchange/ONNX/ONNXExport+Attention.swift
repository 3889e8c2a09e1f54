import Graph

// Note [Attention in ONNX]
// The operator set 17 has no attention; it is written out, with the whole T x T matrix of each head:
//
//     projection: N x T x 3 E ─► q, k, v: N x T x heads x w each
//     softmax(q kᵀ / sqrt w + hidden) * seen ─► times v ─► N x T x heads x w ─► N x T x E
//
// `seen` is 1 or 0, hidden = (seen - 1) 1e30. The product with `seen` gives zeros to a row that sees
// nothing, as the engine does; the softmax alone would spread such a row over all steps.

extension ONNXExport {
  /// The result of the heads, N x T x E.
  mutating func attention(
    _ node: TensorGraph.Node, _ operands: [String], _ attention: Attention
  ) throws(InterchangeError) -> String {
    guard !attention.hasDropout else { throw unsupported(node, "dropout inside attention") }
    let scope = node.scope
    let projection = shape(of: node.inputs[0])
    let (steps, width, heads) = (projection[1], projection[2] / 3, attention.heads)
    let parts = emit(
      "Split", [operands[0]], [("axis", .integer(2))], results: 3, scope: scope
    ).map { part in
      emit("Reshape", [part, integers([-1, steps, heads, width / heads])], scope: scope)
    }
    let q = transposed(parts[0], [0, 2, 1, 3], scope)
    let k = transposed(parts[1], [0, 2, 3, 1], scope)
    let v = transposed(parts[2], [0, 2, 1, 3], scope)
    let product = emit("MatMul", [q, k], scope: scope)
    let factor = 1 / Float(width / heads).squareRoot()
    var scores = emit("Mul", [product, constant(factor)], scope: scope)

    let seen = seenSteps(attention, mask: operands.dropFirst().first, steps: steps, scope)
    if let seen {
      let hidden = emit("Sub", [seen, constant(1)], scope: scope)
      let addend = emit("Mul", [hidden, constant(1e30)], scope: scope)
      scores = emit("Add", [scores, addend], scope: scope)
    }
    var weights = emit("Softmax", [scores], [("axis", .integer(3))], scope: scope)
    if let seen, attention.hasMask { weights = emit("Mul", [weights, seen], scope: scope) }
    let result = transposed(emit("MatMul", [weights, v], scope: scope), [0, 2, 1, 3], scope)
    return emit("Reshape", [result, integers([-1, steps, width])], scope: scope)
  }

  /// 1 where a row may look, else 0, in a shape that is repeated to N x heads x T x T; nil if every row
  /// sees all.
  private mutating func seenSteps(
    _ attention: Attention, mask: String?, steps: Int, _ scope: String
  ) -> String? {
    var seen: String?
    if attention.isCausal {
      let triangle = (0..<steps * steps).map { Float($0 % steps <= $0 / steps ? 1 : 0) }
      seen = constant(triangle, shape: [steps, steps])
    }
    guard attention.hasMask, let mask else { return seen }
    let columns = emit("Reshape", [mask, integers([-1, 1, 1, steps])], scope: scope)
    return seen.map { emit("Mul", [$0, columns], scope: scope) } ?? columns
  }

  private mutating func transposed(
    _ value: String, _ permutation: [Int], _ scope: String
  ) -> String {
    emit("Transpose", [value], [("perm", .integers(permutation))], scope: scope)
  }
}
