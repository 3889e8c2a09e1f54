import CKernels
import Graph

extension Compiler {
  func lowerAttention(_ node: Node, _ attention: Attention) throws(EngineError) {
    let tiles = AttentionTiles(attention, projection: shape(node.inputs[0]))
    var reads: [BufferID] = []
    for input in node.inputs { reads.append(try plain(input)) }
    var writes: [BufferID] = []
    for index in 0..<2 {
      let value = Value(node: node.index, output: index)
      writes.append(try define(value, .plain(shape(value))))
    }
    let first = reads.count
    emit("attention", reads: reads, writes: writes, scratch: 4 * tiles.forwardScratch) {
      tiles.forward(
        tiles.operands($0, from: 0), $0[first], logSums: $0[first + 1], scratch: $0[first + 2])
    }
  }

  func lowerAttentionGradient(_ node: Node, _ attention: Attention) throws(EngineError) {
    let tiles = AttentionTiles(attention, projection: shape(node.inputs[3]))
    var reads: [BufferID] = []
    for input in node.inputs { reads.append(try plain(input)) }
    let value = Value(node: node.index)
    let target = try define(value, .plain(shape(value)))
    let first = reads.count
    emit(
      "attention gradient", reads: reads, writes: [target], scratch: 4 * tiles.backwardScratch
    ) {
      tiles.backward(
        tiles.operands($0, from: 3),
        AttentionTiles.Results(dy: $0[0], y: $0[1], logSums: $0[2]), $0[first],
        scratch: $0[first + 1])
    }
  }
}

extension AttentionTiles {
  /// The projection, the mask and the keys, as far as there are any, from operand `first` on.
  fileprivate func operands(_ pointers: Pointers, from first: Int) -> Operands {
    Operands(
      projection: pointers[first],
      mask: attention.hasMask ? UnsafePointer(pointers[first + 1]) : nil,
      keys: attention.hasDropout
        ? UnsafePointer(pointers.int32(first + (attention.hasMask ? 2 : 1))) : nil)
  }
}
