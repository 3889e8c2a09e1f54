import CKernels
import Graph

/// What comes back to a batch normalisation before a rectifier: dz = relu'(incoming, saved), computed
/// by the normalisation's gradient on the way.
struct DeferredGradient {
  /// One or two values whose sum comes from above.
  let incoming: [Value]
  /// The rectifier's result.
  let saved: Value

  typealias Value = TensorGraph.Value
}

extension Compiler {
  // Note [Batch norm in blocks]
  // A residual block ends in norm, add, relu, and its gradient begins with add, relu', norm'. As six
  // steps these pass 19 times over tensors that fit no cache; as two steps 11 times:
  //
  //     forward     x (planes twice, in the cache), x, residual -> y
  //     backward    two gradients, y, x -> dz;  dz, x -> dx
  //
  // dz is kept only if somebody else reads it: then it flows around the block. Our loops cover oneDNN's
  // nChw16c, in which the images of convolutions are; oneDNN does the rest.

  /// Whether our loops normalise `x`: its layout then.
  private func blockedImages(_ x: Value) throws(EngineError) -> Layout? {
    guard shape(x).rank == 4, isBound(x) else { return nil }
    let blocked = try Layout.blockedImages(shape(x).dimensions)
    return try form(of: x).layout == blocked ? blocked : nil
  }

  /// Returns false if the case is not covered.
  func lowerBlockedBatchNorm(_ node: Node, _ epsilon: Float) throws(EngineError) -> Bool {
    let x = node.inputs[0]
    guard let layout = try blockedImages(x) else { return false }
    if let sums = tiledStatistics[node.index] {
      try lowerTiledBatchNorm(node, epsilon, sums, layout)
      return true
    }
    let tail = fuseTail(of: node, biasAxis: -1, allowsResidual: true) { $0 == .relu }
    var reads = [
      try buffer(x, as: layout), try plain(node.inputs[1]), try plain(node.inputs[2]),
    ]
    if let residual = tail.residual { reads.append(try buffer(residual, as: layout)) }
    let channels = try Layout.plain([shape(x)[1]])
    let writes = [
      try define(tail.end, layout), try define(Value(node: node.index, output: 1), channels),
      try define(Value(node: node.index, output: 2), channels),
    ]
    let (adds, rectifies) = (tail.residual != nil, tail.activation != nil)
    let (geometry, first) = (Self.geometry(shape(x), epsilon), reads.count)
    let name = "batch norm" + (adds ? " + add" : "") + (rectifies ? " + relu" : "")
    emit(name, reads: reads, writes: writes) {
      var geometry = geometry
      ck_batch_norm_forward(
        $0[0], $0[1], $0[2], adds ? $0[3] : nil, $0[first], $0[first + 1], $0[first + 2],
        &geometry, rectifies ? 1 : 0)
    }
    try finishResults(tail.end)
    return true
  }

  /// Returns false if the case is not covered.
  func lowerBlockedBatchNormGradient(
    _ node: Node, _ epsilon: Float
  ) throws(EngineError) -> Bool {
    let (dz, x) = (node.inputs[0], node.inputs[1])
    guard let layout = try blockedImages(x) else { return false }
    let deferred = deferredGradients.removeValue(forKey: dz)
    let incoming = deferred?.incoming ?? [dz]
    let keeps =
      deferred != nil
      && (program.pinned.contains(dz) || (program.consumers[dz] ?? []).count > 1)

    var reads: [BufferID] = []
    for value in incoming { reads.append(try buffer(value, as: layout)) }
    let candidates = reads
    if let deferred { reads.append(try buffer(deferred.saved, as: layout)) }
    let operands = reads.count
    reads.append(try buffer(x, as: layout))
    for input in node.inputs.dropFirst(2) { reads.append(try plain(input)) }
    let channels = try Layout.plain([shape(x)[1]])
    func output(_ index: Int) -> Value { Value(node: node.index, output: index) }
    var writes = [
      try define(output(0), layout), try define(output(1), channels),
      try define(output(2), channels),
    ]
    if keeps { writes.append(try define(dz, layout)) }
    let (adds, rectifies) = (incoming.count == 2, deferred != nil)
    let (geometry, first) = (Self.geometry(shape(x), epsilon), reads.count)
    let name = "batch norm" + (rectifies ? " + relu" : "") + (adds ? " + add" : "") + " gradient"
    emit(name, reads: reads, writes: writes, mayReplace: keeps ? [] : candidates) {
      var geometry = geometry
      var above = ck_batch_norm_incoming(
        first: $0[0], second: adds ? $0[1] : nil, y: rectifies ? $0[operands - 1] : nil,
        dz: keeps ? $0[first + 3] : nil)
      ck_batch_norm_backward(
        &above, $0[operands], $0[operands + 1], $0[operands + 2], $0[operands + 3], $0[first],
        $0[first + 1], $0[first + 2], &geometry)
    }
    if keeps { try finishResults(dz) }
    return true
  }

  /// Leaves a rectifier's gradient to the normalisation before it; false if that cannot take it.
  func deferRectifierGradient(_ node: Node) throws(EngineError) -> Bool {
    guard try canDefer(node) else { return false }
    let dy = node.inputs[0]
    deferredGradients[Value(node: node.index)] = DeferredGradient(
      incoming: deferredSums.removeValue(forKey: dy) ?? [dy], saved: node.inputs[1])
    return true
  }

  /// Leaves a sum of gradients to the normalisation two steps on; false if that cannot take it.
  func deferSum(_ node: Node) throws(EngineError) -> Bool {
    let sum = Value(node: node.index)
    let (a, b) = (node.inputs[0], node.inputs[1])
    guard a != b, isBound(a), isBound(b), fixedLayout(a) == nil, fixedLayout(b) == nil,
      let next = program.soleConsumer(sum), case .unaryGradient(.relu) = next.op,
      next.inputs[0] == sum, next.inputs[1] != sum, try canDefer(next)
    else { return false }
    deferredSums[sum] = [a, b]
    return true
  }

  /// Whether the first to read the result of a rectifier's gradient is the gradient of a normalisation
  /// that our loops compute, and all is in its layout.
  private func canDefer(_ node: Node) throws(EngineError) -> Bool {
    let (dz, saved) = (Value(node: node.index), node.inputs[1])
    guard case .unaryGradient(.relu) = node.op, let index = program.consumers[dz]?.min(),
      case .batchNormGradient = program.nodes[index].op, program.nodes[index].inputs[0] == dz,
      program.nodes[index].inputs[1...].allSatisfy({ $0 != dz }),
      let layout = try blockedImages(program.nodes[index].inputs[1]), isBound(saved),
      fixedLayout(saved) == nil
    else { return false }
    return try form(of: saved).layout == layout
  }

  static func geometry(_ x: Shape, _ epsilon: Float) -> ck_batch_norm {
    ck_batch_norm(
      samples: x[0], blocks: (x[1] + 15) / 16, plane: x[2] * x[3], channels: x[1],
      epsilon: epsilon)
  }
}
