import Graph

// Note [Recurrences in ONNX]
// ONNX's own `LSTM` and `GRU` compute the products of the input themselves, know no mask that leaves the state
// as it is, and order their gates otherwise. `Scan` says what our op does: one step, as a graph, over the
// steps of the pre-activations. States go from step to step, and each is also a row of the result.

extension ONNXExport {
  /// The states after all steps, T x N x H.
  mutating func recurrent(
    _ operands: [String], _ recurrence: Recurrence, _ scope: String
  ) -> String {
    let hasCell = recurrence.cell == .lstm
    let mask = recurrence.isMasked ? operands.last : nil
    let states = hasCell ? [operands[2], operands[3]] : [operands[2]]
    let sequences = [operands[0]] + (mask.map { [$0] } ?? [])
    let step = body(
      inputs: states.map { _ in "state" } + sequences.map { _ in "step" }
    ) { export, inputs in
      let before = Array(inputs.prefix(states.count))
      var after = export.step(recurrence.cell, before, inputs[states.count], operands, scope)
      if mask != nil, let counts = inputs.last {
        let column = export.emit("Reshape", [counts, export.integers([-1, 1])])
        after = zip(before, after).map { before, after in
          let change = export.emit("Sub", [after, before])
          return export.emit("Add", [before, export.emit("Mul", [change, column])])
        }
      }
      return after + [after[0]]
    }
    let backwards = recurrence.isReversed ? 1 : 0
    let results = emit(
      "Scan", states + sequences,
      [
        ("body", .body(step)), ("num_scan_inputs", .integer(sequences.count)),
        ("scan_input_directions", .integers(sequences.map { _ in backwards })),
        ("scan_output_directions", .integers([backwards])),
      ], results: states.count + 1, scope: scope)
    return results[states.count]
  }

  /// The states after one step; see ``Recurrence/Cell``.
  private mutating func step(
    _ cell: Recurrence.Cell, _ states: [String], _ gates: String, _ operands: [String],
    _ scope: String
  ) -> [String] {
    let product: [(String, ONNXNode.Attribute)] = [("transB", .integer(1))]
    let addend = cell == .gru ? operands[3] : gates
    let sums = emit("Gemm", [states[0], operands[1], addend], product)
    switch cell {
    case .tanh: return [emit("Tanh", [sums])]
    case .relu: return [emit("Relu", [sums])]
    case .lstm:
      let parts = split(sums, 4, scope)
      let keep = emit("Mul", [emit("Sigmoid", [parts[1]]), states[1]])
      let new = emit("Mul", [emit("Sigmoid", [parts[0]]), emit("Tanh", [parts[2]])])
      let memory = emit("Add", [keep, new])
      return [emit("Mul", [emit("Sigmoid", [parts[3]]), emit("Tanh", [memory])]), memory]
    case .gru:
      let (own, inner) = (split(gates, 3, scope), split(sums, 3, scope))
      let reset = emit("Sigmoid", [emit("Add", [own[0], inner[0]])])
      let update = emit("Sigmoid", [emit("Add", [own[1], inner[1]])])
      let candidate = emit(
        "Tanh", [emit("Add", [own[2], emit("Mul", [reset, inner[2]])])])
      let change = emit("Mul", [update, emit("Sub", [states[0], candidate])])
      return [emit("Add", [candidate, change])]
    }
  }

  private mutating func split(_ value: String, _ count: Int, _ scope: String) -> [String] {
    emit("Split", [value], [("axis", .integer(1))], results: count, scope: scope)
  }
}
