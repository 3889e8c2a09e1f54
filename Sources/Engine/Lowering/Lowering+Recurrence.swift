import Graph

extension Compiler {
  // Note [Recurrent layers]
  // One op is one layer in one direction. The product of the input with its weights is an ordinary
  // product over all T·N rows before it; the op itself is, step after step, one product of the state
  // and one kernel for the gates, and back again:
  //
  //     gates[t] += h[t-1] Wᵀ            dgates[t] = kernel(dy[t] + carry, gates[t])
  //     h[t] = kernel(gates[t])          carry = dgates[t] W;  at the end dW = dgatesᵀ h
  //
  // All of it is one step of the plan. Gates take the place of their pre-activations, and their gradients
  // that of the gates. Products are `sgemm`s, or primitives with rounded operands (Note [Short
  // operands]); those of a first state that is zero are left out. oneDNN's RNN
  // primitives compute vanilla cells by reference code and copy weights, states and gates at every
  // call; `sgemm` reaches 0.95 of a core's peak for 64 x 128 by 128 x 512, packing included, so that
  // weights packed once for all steps would gain less than a tenth of the products.

  func lowerRecurrence(_ node: Node, _ recurrence: Recurrence) throws(EngineError) {
    let reads = try plainOperands(node)
    let results = try plainResults(node)
    let steps = try RecurrentSteps(
      self, recurrence, weights: node.inputs[1], state: node.inputs[2],
      y: Value(node: node.index), computes: true, mask: recurrence.isMasked ? reads.last : nil)
    // What takes an operand's place comes first.
    var writes = results
    switch recurrence.cell {
    case .tanh, .relu: try steps.forwardPlain(gates: reads[0])
    case .lstm:
      try steps.forwardLSTM(
        reads[0], gates: results[1], cells: .init(first: reads[3], all: results[2]))
      writes.swapAt(0, 1)
    case .gru:
      try steps.forwardGRU(reads[0], bias: reads[3], gates: results[1], inner: results[2])
      writes.swapAt(0, 1)
    }
    emitRecurrence(steps, reads: reads, writes: writes, mayReplace: reads[0])
  }

  func lowerRecurrenceGradient(
    _ node: Node, _ recurrence: Recurrence
  ) throws(EngineError) {
    let reads = try plainOperands(node)
    let results = try plainResults(node)
    let hasCell = recurrence.cell == .lstm
    let first = hasCell ? 4 : 3
    let steps = try RecurrentSteps(
      self, recurrence, weights: node.inputs[1], state: node.inputs[2], y: node.inputs[first],
      computes: false, mask: recurrence.isMasked ? reads.last : nil)
    let arithmetic = steps.sequence.arithmetic
    let state = Value(node: node.index, output: 2)
    let d = RecurrentGradients(
      gates: results[0],
      gateFactors: try twin(of: Value(node: node.index), in: arithmetic),
      weights: results[1], state: results[2],
      needsState: program.consumers[state] != nil || program.pinned.contains(state))
    var further: [BufferID] = arithmetic == .float32 ? [] : [d.gateFactors]
    switch recurrence.cell {
    case .tanh, .relu: try steps.backwardPlain(dy: reads[0], d)
    case .lstm:
      try steps.backwardLSTM(
        dy: reads[0], gates: reads[first + 1],
        cells: .init(first: reads[3], all: reads[first + 2]), d, dcell: results[3])
    case .gru:
      let floats = makeBuffer(try .plain(shape(node.inputs[first])))
      let short = try Layout.plain(shape(node.inputs[first]).dimensions, in: arithmetic)
      let factors = arithmetic == .float32 ? floats : makeBuffer(short)
      further += [floats] + (factors == floats ? [] : [factors])
      try steps.backwardGRU(
        dy: reads[0], gates: reads[first + 1], inner: reads[first + 2], d, dbias: results[3],
        dinner: (floats, factors))
    }
    emitRecurrence(
      steps, reads: reads, writes: results + further,
      mayReplace: reads[recurrence.cell.gates > 1 ? first + 1 : 0])
  }

  private func emitRecurrence(
    _ steps: RecurrentSteps, reads: [BufferID], writes: [BufferID], mayReplace: BufferID
  ) {
    emit(
      steps.recurrence.cell.name, steps.sequence.works, reads: reads + steps.shortReads,
      writes: writes + steps.shortWrites, scratch: steps.sequence.scratch, mayReplace: [mayReplace])
  }

  private func plainOperands(_ node: Node) throws(EngineError) -> [BufferID] {
    var buffers: [BufferID] = []
    for input in node.inputs { buffers.append(try plain(input)) }
    return buffers
  }

  private func plainResults(_ node: Node) throws(EngineError) -> [BufferID] {
    var buffers: [BufferID] = []
    for output in node.outputs.indices {
      let value = Value(node: node.index, output: output)
      buffers.append(try define(value, .plain(shape(value))))
    }
    return buffers
  }
}
