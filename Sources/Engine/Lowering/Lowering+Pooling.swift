import COneDNN
import Graph

extension Compiler {
  func lowerPool(_ node: Node, _ kind: Pooling, _ window: Window) throws(EngineError) {
    let value = Value(node: node.index)
    let source = try form(of: node.inputs[0])
    if kind == .maximum, try lowerBlockedMaximum(node, source, window) { return }
    // Only a maximum that will be differentiated needs to remember where it was.
    let isDifferentiated = (program.consumers[value] ?? []).contains {
      if case .poolGradient = program.nodes[$0].op { return true }
      return false
    }
    var (from, to) = (source.layout.raw, try Layout.any(shape(value).dimensions).raw)
    var geometry = window.geometry
    let primitive = try Primitive("dnnl_pooling_forward", "\(shape(value))") { pd, library in
      conednn_pooling_forward(
        &pd, library.engine, isDifferentiated, kind.algorithm, &from, &to, &geometry,
        library.plainAttributes)
    }
    let result = try primitive.required(.destination)
    var writes: [(Operand, BufferID, Layout)] = [
      (.destination, try define(value, result), result)
    ]
    var workspace: BufferID?
    if let layout = primitive.layout(.workspace) {
      let buffer = makeBuffer(layout)
      workspace = buffer
      writes.append((.workspace, buffer, layout))
    }
    poolings[node.index] = (primitive, workspace)
    try emit(primitive, [(.source, source.buffer, source.layout)], writes)
  }

  func lowerPoolGradient(_ node: Node, _ kind: Pooling, _ window: Window) throws(EngineError) {
    let (dy, x, y) = (node.inputs[0], node.inputs[1], node.inputs[2])
    let pool = program.nodes[y.node]
    guard pool.op == .pool(kind, window), pool.inputs == [x] else {
      throw EngineError(node.op.name, "its operands are not those of one pooling")
    }
    if let winners = poolWinners[y.node] {
      try lowerBlockedMaximumGradient(node, window, winners)
      return
    }
    guard let forward = poolings[y.node] else {
      throw EngineError(node.op.name, "its operand is not the result of a pooling")
    }
    let layout = try forward.primitive.required(.destination)
    let source = try forward.primitive.required(.source)
    var (from, to) = (source.raw, layout.raw)
    var geometry = window.geometry
    let primitive = try Primitive("dnnl_pooling_backward", "\(shape(x))") { pd, library in
      conednn_pooling_backward(
        &pd, library.engine, kind.algorithm, &from, &to, &geometry, forward.primitive.descriptor,
        library.plainAttributes)
    }
    var reads: [(Operand, BufferID, Layout)] = [
      (.destinationGradient, try buffer(dy, as: layout), layout)
    ]
    if let workspace = forward.workspace, let layout = primitive.layout(.workspace) {
      reads.append((.workspace, workspace, layout))
    }
    try emit(
      primitive, reads, [(.sourceGradient, try define(Value(node: node.index), source), source)])
  }
}

extension Pooling {
  fileprivate var algorithm: dnnl_alg_kind_t {
    switch self {
    case .maximum: dnnl_pooling_max
    case .average: dnnl_pooling_avg_exclude_padding
    }
  }
}
