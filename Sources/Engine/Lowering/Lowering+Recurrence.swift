import CKernels
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
  // Gates take the place of their pre-activations, and their gradients that of the gates. oneDNN's RNN
  // primitives compute vanilla cells by reference code and copy weights, states and gates at every
  // call; `sgemm` reaches 0.95 of a core's peak for 64 x 128 by 128 x 512, packing included, so that
  // weights packed once for all steps would gain less than a tenth of the products.

  func lowerRecurrence(_ node: Node, _ recurrence: Recurrence) throws(EngineError) {
    let reads = try plainOperands(node)
    let results = try plainResults(node)
    let steps = RecurrentSteps(recurrence, y: shape(Value(node: node.index)))
    let name = recurrence.cell.name
    switch recurrence.cell {
    case .tanh, .relu:
      emit(name, reads: reads, writes: results, mayReplace: [reads[0]]) { steps.runPlain($0) }
    case .lstm, .gru:
      // What takes an operand's place comes first.
      emit(
        name, reads: reads, writes: [results[1], results[0], results[2]], mayReplace: [reads[0]]
      ) { recurrence.cell == .lstm ? steps.runLSTM($0) : steps.runGRU($0) }
    }
  }

  func lowerRecurrenceGradient(
    _ node: Node, _ recurrence: Recurrence
  ) throws(EngineError) {
    let reads = try plainOperands(node)
    let results = try plainResults(node)
    let y = shape(node.inputs[0])
    let steps = RecurrentSteps(recurrence, y: y)
    let name = recurrence.cell.name
    switch recurrence.cell {
    case .tanh, .relu:
      emit(name, reads: reads, writes: results, mayReplace: [reads[0]]) {
        steps.differentiatePlain($0)
      }
    case .lstm:
      emit(name, reads: reads, writes: results, mayReplace: [reads[5]]) {
        steps.differentiateLSTM($0)
      }
    case .gru:
      let scratch = makeBuffer(try .plain(y))
      emit(name, reads: reads, writes: results + [scratch], mayReplace: [reads[4]]) {
        steps.differentiateGRU($0)
      }
    }
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
