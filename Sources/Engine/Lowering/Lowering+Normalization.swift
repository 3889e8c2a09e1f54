import COneDNN
import Graph

extension Compiler {
  // MARK: - Softmax

  func lowerSoftmax(_ node: Node, _ axis: Int, logarithm: Bool) throws(EngineError) {
    let x = node.inputs[0]
    let layout = try Layout.plain(shape(x))
    let primitive = try softmax(layout, axis, logarithm)
    let source = try plain(x)
    try emit(
      primitive, [(.source, source, layout)],
      [(.destination, try define(Value(node: node.index), layout), layout)],
      mayReplace: [source])
  }

  func lowerSoftmaxGradient(_ node: Node, _ axis: Int, logarithm: Bool) throws(EngineError) {
    let (dy, y) = (node.inputs[0], node.inputs[1])
    let layout = try Layout.plain(shape(y))
    let forward = try softmax(layout, axis, logarithm)
    var raw = layout.raw
    let primitive = try Primitive("dnnl_softmax_backward", "\(shape(y))") { pd, library in
      conednn_softmax_backward(
        &pd, library.engine, logarithm, &raw, Int32(axis), forward.descriptor,
        library.plainAttributes)
    }
    try emit(
      primitive,
      [(.destinationGradient, try plain(dy), layout), (.destination, try plain(y), layout)],
      [(.sourceGradient, try define(Value(node: node.index), layout), layout)])
  }

  private func softmax(
    _ layout: Layout, _ axis: Int, _ logarithm: Bool
  ) throws(EngineError) -> Primitive {
    var raw = layout.raw
    return try Primitive("dnnl_softmax_forward", "\(layout.dimensions)") { pd, library in
      conednn_softmax_forward(
        &pd, library.engine, logarithm, &raw, Int32(axis), library.plainAttributes)
    }
  }

  // MARK: - Batch normalisation

  func lowerBatchNorm(_ node: Node, _ epsilon: Float) throws(EngineError) {
    if try lowerBlockedBatchNorm(node, epsilon) { return }
    let source = try form(of: node.inputs[0])
    let channels = try Layout.plain([shape(node.inputs[0])[1]])
    let primitive = try batchNorm(source.layout, epsilon, givenStatistics: false)
    func output(_ index: Int) -> Value { Value(node: node.index, output: index) }
    try emit(
      primitive,
      [
        (.source, source.buffer, source.layout),
        (.scale, try plain(node.inputs[1]), channels),
        (.shift, try plain(node.inputs[2]), channels),
      ],
      [
        (.destination, try define(output(0), source.layout), source.layout),
        (.mean, try define(output(1), channels), channels),
        (.variance, try define(output(2), channels), channels),
      ])
  }

  func lowerBatchNormInference(_ node: Node, _ epsilon: Float) throws(EngineError) {
    let source = try form(of: node.inputs[0])
    let channels = try Layout.plain([shape(node.inputs[0])[1]])
    let primitive = try batchNorm(source.layout, epsilon, givenStatistics: true)
    var reads: [(Operand, BufferID, Layout)] = [(.source, source.buffer, source.layout)]
    for (operand, input) in zip([Operand.scale, .shift, .mean, .variance], node.inputs.dropFirst())
    {
      reads.append((operand, try plain(input), channels))
    }
    try emit(
      primitive, reads,
      [(.destination, try define(Value(node: node.index), source.layout), source.layout)],
      mayReplace: [source.buffer])
  }

  func lowerBatchNormGradient(_ node: Node, _ epsilon: Float) throws(EngineError) {
    if try lowerBlockedBatchNormGradient(node, epsilon) { return }
    let (dy, x) = (node.inputs[0], node.inputs[1])
    let source = try form(of: x)
    let channels = try Layout.plain([shape(x)[1]])
    let forward = try batchNorm(source.layout, epsilon, givenStatistics: false)
    var raw = source.layout.raw
    let primitive = try Primitive("dnnl_batch_normalization_backward", "\(shape(x))") {
      pd, library in
      conednn_batch_norm_backward(
        &pd, library.engine, &raw, &raw, epsilon, forward.descriptor, library.plainAttributes)
    }
    var reads: [(Operand, BufferID, Layout)] = [
      (.destinationGradient, try buffer(dy, as: source.layout), source.layout),
      (.source, source.buffer, source.layout),
    ]
    for (operand, input) in zip([Operand.scale, .mean, .variance], node.inputs.dropFirst(2)) {
      reads.append((operand, try plain(input), channels))
    }
    // oneDNN 2.6 wants a shift among the arguments though the gradient does not depend on it; any
    // vector of channels will do.
    reads.append((.shift, try plain(node.inputs[2]), channels))
    func output(_ index: Int) -> Value { Value(node: node.index, output: index) }
    try emit(
      primitive, reads,
      [
        (.sourceGradient, try define(output(0), source.layout), source.layout),
        (.scaleGradient, try define(output(1), channels), channels),
        (.shiftGradient, try define(output(2), channels), channels),
      ])
  }

  private func batchNorm(
    _ layout: Layout, _ epsilon: Float, givenStatistics: Bool
  ) throws(EngineError) -> Primitive {
    var raw = layout.raw
    return try Primitive("dnnl_batch_normalization_forward", "\(layout.dimensions)") {
      pd, library in
      conednn_batch_norm_forward(
        &pd, library.engine, givenStatistics, &raw, epsilon, library.plainAttributes)
    }
  }
}
