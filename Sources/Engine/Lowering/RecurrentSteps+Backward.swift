import CKernels

/// What the gradient of a recurrent op computes.
struct RecurrentGradients {
  /// T x N x G·H floats, and the same as products take them.
  let gates, gateFactors: BufferID
  /// G·H x H.
  let weights: BufferID
  /// N x H, on the way what goes back to the step before.
  let state: BufferID
  /// Whether anybody reads that of the first state.
  let needsState: Bool
}

extension RecurrentSteps {
  /// dy -> dgates, which may be dy, dweights, dstate.
  func backwardPlain(dy: BufferID, _ d: RecurrentGradients) throws(EngineError) {
    let carry = Part(buffer: d.state)
    sequence.clear(carry, count: stateCount)
    let rectifies: Int32 = recurrence.cell == .relu ? 1 : 0
    for number in (0..<steps).reversed() {
      let slope = at(number, d.gates)
      append(step: number, [at(number, dy), at(number, states.all), carry, slope]) {
        ck_rnn_backward($0[0], $0[1], $0[2], $0[3], rectifies, $1)
      }
      try roundGates(number, d, width: 1)
      try multiplyBack(number, d, gates: 1, width: 1)
    }
    try appendWeights(d.gateFactors, gates: 1, width: 1, into: Part(buffer: d.weights))
  }

  /// dy, gates, cells -> dgates, which may be gates, dweights, dstate, dcell.
  func backwardLSTM(
    dy: BufferID, gates: BufferID, cells: States, _ d: RecurrentGradients, dcell: BufferID
  ) throws(EngineError) {
    let (carry, dcell) = (Part(buffer: d.state), Part(buffer: dcell))
    sequence.clear(carry, count: stateCount)
    sequence.clear(dcell, count: stateCount)
    for number in (0..<steps).reversed() {
      append(
        step: number,
        [
          at(number, dy), at(number, gates, width: 4), before(number, cells),
          at(number, cells.all), carry, dcell, at(number, d.gates, width: 4),
        ]
      ) { ck_lstm_backward($0[0], $0[1], $0[2], $0[3], $0[4], $0[5], $0[6], $1) }
      try roundGates(number, d, width: 4)
      try multiplyBack(number, d, gates: 4, width: 4)
    }
    try appendWeights(d.gateFactors, gates: 4, width: 4, into: Part(buffer: d.weights))
  }

  /// dy, gates, inner products -> dgates, which may be gates, dweights, dstate, dbias; `dinner` is memory
  /// for the gradients of the inner products.
  func backwardGRU(
    dy: BufferID, gates: BufferID, inner: BufferID, _ d: RecurrentGradients, dbias: BufferID,
    dinner: (floats: BufferID, factors: BufferID)
  ) throws(EngineError) {
    let (carry, dbias) = (Part(buffer: d.state), Part(buffer: dbias))
    sequence.clear(carry, count: stateCount)
    sequence.clear(dbias, count: 3 * units)
    for number in (0..<steps).reversed() {
      let within = at(number, dinner.floats)
      append(
        step: number,
        [
          at(number, dy), at(number, gates, width: 3), at(number, inner), before(number, states),
          carry, at(number, d.gates, width: 3), within, dbias,
        ]
      ) { ck_gru_backward($0[0], $0[1], $0[2], $0[3], $0[4], $0[5], $0[6], $0[7], $1) }
      try roundGates(number, d, width: 3)
      try sequence.round(within, to: at(number, dinner.factors), count: stateCount)
      try multiplyBack(number, d, gates: 2, width: 3)
      try multiplyBack(number, d, at(number, dinner.factors), fromGate: 2, gates: 1, width: 1)
    }
    try appendWeights(d.gateFactors, gates: 2, width: 3, into: Part(buffer: d.weights))
    try appendWeights(
      dinner.factors, gates: 1, width: 1,
      into: Part(buffer: d.weights, first: 2 * units * units))
  }

  private func roundGates(_ number: Int, _ d: RecurrentGradients, width: Int) throws(EngineError) {
    try sequence.round(
      at(number, d.gates, width: width), to: at(number, d.gateFactors, width: width),
      count: width * stateCount)
  }

  /// carry += dgates W for `gates` of W; rows of `width` H floats.
  private func multiplyBack(
    _ number: Int, _ d: RecurrentGradients, _ slope: Part? = nil, fromGate: Int = 0, gates: Int,
    width: Int
  ) throws(EngineError) {
    if number == 0, !d.needsState { return }
    let product = StridedProduct(
      m: samples, n: units, k: gates * units, strideA: width * units, strideB: units,
      strideC: units, adds: true)
    try append(
      product, step: number, slope ?? at(number, d.gateFactors, width: width),
      Part(buffer: weights, first: fromGate * units * units), into: Part(buffer: d.state))
  }
}
