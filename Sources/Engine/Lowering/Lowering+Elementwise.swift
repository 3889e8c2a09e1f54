import CKernels
import COneDNN
import Graph

extension Compiler {
  func lowerUnary(_ value: Value, _ function: Unary, of x: Value) throws(EngineError) {
    let source = try bound(x)
    let target = try define(value, source.layout)
    if let slope = function.rectifierSlope {
      let count = source.layout.storedCount
      emit("rectify", reads: [source.buffer], writes: [target], mayReplace: [source.buffer]) {
        ck_rectify($0[0], $0[1], count, slope)
      }
      return
    }
    if function == .gelu {
      let count = source.layout.storedCount
      emit("gelu", reads: [source.buffer], writes: [target], mayReplace: [source.buffer]) {
        ck_gelu($0[0], $0[1], count)
      }
      return
    }
    let primitive = try eltwise(function, source.layout)
    try emit(
      primitive, [(.source, source.buffer, source.layout)],
      [(.destination, target, source.layout)], mayReplace: [source.buffer])
  }

  func lowerUnaryGradient(_ node: Node, _ function: Unary) throws(EngineError) {
    if function == .relu, try deferRectifierGradient(node) { return }
    let (dy, saved) = (node.inputs[0], node.inputs[1])
    let form = try bound(saved)
    let gradient = try buffer(dy, as: form.layout)
    let target = try define(Value(node: node.index), form.layout)
    if let slope = function.rectifierSlope {
      let count = form.layout.storedCount
      emit(
        "rectify gradient", reads: [gradient, form.buffer], writes: [target],
        mayReplace: [gradient, form.buffer]
      ) { ck_rectify_gradient($0[0], $0[1], $0[2], count, slope) }
      return
    }
    if function == .gelu {
      // One exponential serves both terms: half the time of oneDNN's.
      let count = form.layout.storedCount
      emit(
        "gelu gradient", reads: [gradient, form.buffer], writes: [target],
        mayReplace: [gradient, form.buffer]
      ) { ck_gelu_gradient($0[0], $0[1], $0[2], count) }
      return
    }
    let (algorithm, alpha, beta) = function.backwardAlgorithm
    let forward = try eltwise(function, form.layout)
    var layout = form.layout.raw
    let primitive = try Primitive("dnnl_eltwise_backward", function.name) { pd, library in
      conednn_eltwise_backward(
        &pd, library.engine, algorithm, &layout, &layout, alpha, beta, forward.descriptor,
        library.plainAttributes)
    }
    let operand: Operand = function.gradientUsesOutput ? .destination : .source
    try emit(
      primitive,
      [(.destinationGradient, gradient, form.layout), (operand, form.buffer, form.layout)],
      [(.sourceGradient, target, form.layout)], mayReplace: [gradient])
  }

  private func eltwise(_ function: Unary, _ layout: Layout) throws(EngineError) -> Primitive {
    // The hint of a backward primitive must name the same algorithm.
    let (algorithm, alpha, beta) = function.forwardAlgorithm
    var raw = layout.raw
    return try Primitive("dnnl_eltwise_forward", function.name) { pd, library in
      conednn_eltwise_forward(
        &pd, library.engine, algorithm, &raw, alpha, beta, library.plainAttributes)
    }
  }

  func lowerBinary(_ node: Node, _ function: Binary) throws(EngineError) {
    let (a, b) = (node.inputs[0], node.inputs[1])
    let value = Value(node: node.index)
    let result = shape(value)
    if shape(a) == shape(b) {
      if function == .add, try deferSum(node) { return }
      let first = try bound(a)
      // Division would make NaN of the zeros in the padding of blocked layouts.
      let layout = function == .divide ? try Layout.plain(result) : first.layout
      let sources = [try buffer(a, as: layout), try buffer(b, as: layout)]
      let target = try define(value, layout)
      let (count, operation) = (layout.storedCount, function.code)
      emit(function.rawValue, reads: sources, writes: [target], mayReplace: sources) {
        ck_binary($0[0], $0[1], $0[2], count, operation)
      }
      return
    }
    try emitBroadcast(
      value, [(plain(a), shape(a)), (plain(b), shape(b))], function.code, function.rawValue)
  }

  /// Row-major combination of one or two row-major operands whose axes of extent 1 are repeated.
  private func emitBroadcast(
    _ value: Value, _ operands: [(buffer: BufferID, shape: Shape)], _ operation: ck_operation,
    _ name: String
  ) throws(EngineError) {
    let result = shape(value)
    // Before the geometry, whose arrays hold as many axes as oneDNN has.
    let layout = try Layout.plain(result)
    var geometry = ck_broadcast()
    geometry.rank = Int32(max(1, result.rank))
    for axis in 0..<max(1, result.rank) {
      func stride(_ operand: Shape) -> Int {
        let own = axis - (result.rank - operand.rank)
        return own < 0 || operand.rank == 0 || operand[own] == 1 ? 0 : operand.strides[own]
      }
      ck_broadcast_set(
        &geometry, Int32(axis), result.rank == 0 ? 1 : result[axis], stride(operands[0].shape),
        operands.count > 1 ? stride(operands[1].shape) : 0)
    }
    let target = try define(value, layout)
    let (first, second, last) = (0, operands.count - 1, operands.count)
    emit(
      name, reads: operands.map(\.buffer), writes: [target],
      mayReplace: operands.filter { $0.shape == result }.map(\.buffer)
    ) { [geometry] in
      var geometry = geometry
      ck_broadcast_binary($0[first], $0[second], $0[last], &geometry, operation)
    }
  }

  func lowerBroadcast(_ node: Node) throws(EngineError) {
    let x = node.inputs[0]
    try emitBroadcast(
      Value(node: node.index), [(plain(x), shape(x))], CK_FIRST, "broadcast")
  }

  func lowerScale(_ node: Node, _ factor: Float) throws(EngineError) {
    let source = try bound(node.inputs[0])
    let target = try define(Value(node: node.index), source.layout)
    let count = source.layout.storedCount
    emit("scale", reads: [source.buffer], writes: [target], mayReplace: [source.buffer]) {
      ck_scale_to($0[0], $0[1], count, factor)
    }
  }

  /// A bias that no product before it has taken in.
  func lowerAddBias(_ node: Node, _ axis: Int) throws(EngineError) {
    let (x, bias) = (node.inputs[0], node.inputs[1])
    let value = Value(node: node.index)
    let reads = [try plain(x), try plain(bias)]
    if axis == shape(x).rank - 1 {
      let columns = shape(x)[axis]
      let rows = shape(x).count / columns
      let target = try define(value, .plain(shape(x)))
      emit("add bias", reads: reads, writes: [target], mayReplace: [reads[0]]) {
        ck_add_bias_to($0[0], $0[1], $0[2], rows, columns)
      }
      return
    }
    // As a sum with its axis in place. oneDNN has no code for it but its reference, 80 ns an element.
    var extents = [Int](repeating: 1, count: shape(x).rank)
    extents[axis] = shape(x)[axis]
    try emitBroadcast(
      value, [(reads[0], shape(x)), (reads[1], Shape(extents))], CK_ADD, "add bias")
  }

  func lowerDropout(_ node: Node, _ rate: Float, _ salt: UInt32) throws(EngineError) {
    let x = node.inputs[0]
    let reads = [try plain(x), try plain(node.inputs[1])]
    let target = try define(Value(node: node.index), .plain(shape(x)))
    let samples = shape(x)[0]
    let count = shape(x).count / max(1, samples)
    let threshold = UInt32(Double(rate) * 4_294_967_296)
    let factor = 1 / (1 - rate)
    emit("dropout", reads: reads, writes: [target], mayReplace: [reads[0]]) {
      ck_dropout($0[0], $0.int32(1), $0[2], samples, count, salt, threshold, factor)
    }
  }
}

extension Binary {
  fileprivate var code: ck_operation {
    switch self {
    case .add: CK_ADD
    case .subtract: CK_SUBTRACT
    case .multiply: CK_MULTIPLY
    case .divide: CK_DIVIDE
    }
  }
}
