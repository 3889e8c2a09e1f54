import CKernels

// The loops over the steps, put together once: products, kernels, and the rounding of states.

extension RecurrentSteps {
  /// gates -> y, which may be gates.
  func forwardPlain(gates: BufferID) throws(EngineError) {
    let y = states.all
    sequence.copy(gates, to: y, count: steps * stateCount)
    let rectifies: Int32 = recurrence.cell == .relu ? 1 : 0
    for number in 0..<steps {
      try multiply(number, gates: 1, into: at(number, y), width: 1)
      append(step: number, [before(number, states), at(number, y)]) {
        ck_rnn_forward($0[0], $0[1], rectifies, $1)
      }
      try roundState(number)
    }
  }

  /// pre-activations, cell -> gates, which may have their place, y, cells.
  func forwardLSTM(_ operand: BufferID, gates: BufferID, cells: States) throws(EngineError) {
    sequence.copy(operand, to: gates, count: 4 * steps * stateCount)
    for number in 0..<steps {
      let now = at(number, gates, width: 4)
      try multiply(number, gates: 4, into: now, width: 4)
      append(
        step: number,
        [
          now, before(number, cells), at(number, cells.all), before(number, states),
          at(number, states.all),
        ]
      ) { ck_lstm_forward($0[0], $0[1], $0[2], $0[3], $0[4], $1) }
      try roundState(number)
    }
  }

  /// pre-activations, bias -> gates, which may have their place, y, inner products.
  func forwardGRU(
    _ operand: BufferID, bias: BufferID, gates: BufferID, inner: BufferID
  ) throws(EngineError) {
    sequence.copy(operand, to: gates, count: 3 * steps * stateCount)
    for number in 0..<steps {
      let (now, within) = (at(number, gates, width: 3), at(number, inner))
      try multiply(number, gates: 2, into: now, width: 3)
      if number == 0, startsAtZero { sequence.clear(within, count: stateCount) }
      try multiply(number, fromGate: 2, gates: 1, into: within, width: 1, adds: false)
      append(
        step: number,
        [now, Part(buffer: bias), within, before(number, states), at(number, states.all)]
      ) { ck_gru_forward($0[0], $0[1], $0[2], $0[3], $0[4], $1) }
      try roundState(number)
    }
  }

  /// result = h Wᵀ, or added to it, for `gates` of W; rows of `width` H floats.
  private func multiply(
    _ number: Int, fromGate: Int = 0, gates: Int, into result: Part, width: Int, adds: Bool = true
  ) throws(EngineError) {
    if number == 0, startsAtZero { return }
    let product = StridedProduct(
      m: samples, n: gates * units, k: units, strideA: units, strideB: units,
      strideC: width * units, transposeB: true, adds: adds)
    try append(
      product, step: number, before(number, factors),
      Part(buffer: weights, first: fromGate * units * units), into: result)
  }

  private func roundState(_ number: Int) throws(EngineError) {
    try sequence.round(at(number, states.all), to: at(number, factors.all), count: stateCount)
  }
}
