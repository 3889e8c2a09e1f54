// Shape rules of recurrent layers.

extension Op {
  /// y, and for gated cells the gates and what else is kept.
  func recurrenceTypes(
    _ shapes: [Shape], _ recurrence: Recurrence
  ) throws(GraphError) -> [TensorType] {
    let (gates, weights) = (shapes[0], shapes[1])
    guard gates.rank == 3, weights.rank == 2, weights[0] == recurrence.cell.gates * weights[1],
      gates[2] == weights[0]
    else {
      let count = recurrence.cell.gates
      throw GraphError(
        name,
        "needs gates T x N x \(count)H and weights \(count)H x H, are \(gates) and \(weights)")
    }
    let units = weights[1]
    let state: Shape = [gates[1], units]
    try expect(shapes[2], state, "state")
    if recurrence.cell == .lstm { try expect(shapes[3], state, "cell state") }
    if recurrence.cell == .gru { try expect(shapes[3], [weights[0]], "bias") }
    if recurrence.isMasked { try expect(shapes[arity - 1], [gates[0], gates[1]], "mask") }
    let y = TensorType([gates[0], gates[1], units])
    return recurrence.cell.isGated ? [y, TensorType(gates), y] : [y]
  }

  /// dgates, dweights, dstate, and dcell or dbias.
  func recurrenceGradientTypes(
    _ shapes: [Shape], _ recurrence: Recurrence
  ) throws(GraphError) -> [TensorType] {
    let (dy, weights, state) = (shapes[0], shapes[1], shapes[2])
    guard dy.rank == 3 else { throw GraphError(name, "needs dy T x N x H, is \(dy)") }
    let gates: Shape = [dy[0], dy[1], recurrence.cell.gates * dy[2]]
    try expect(weights, [gates[2], dy[2]], "weights")
    try expect(state, [dy[1], dy[2]], "state")
    if recurrence.cell == .lstm { try expect(shapes[3], state, "cell state") }
    let first = recurrence.cell == .lstm ? 4 : 3
    let kept = recurrence.cell.isGated ? [dy, gates, dy] : [dy]
    for (index, shape) in kept.enumerated() {
      try expect(shapes[first + index], shape, "result \(index)")
    }
    if recurrence.isMasked { try expect(shapes[arity - 1], [dy[0], dy[1]], "mask") }
    let types = [gates, weights, state].map { TensorType($0) }
    switch recurrence.cell {
    case .tanh, .relu: return types
    case .lstm: return types + [TensorType(state)]
    case .gru: return types + [TensorType([weights[0]])]
    }
  }
}
