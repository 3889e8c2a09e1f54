import COneDNN
import Graph

extension Compiler {
  func lowerConvolution(_ node: Node, _ window: Window, _ groups: Int) throws(EngineError) {
    let (x, filter) = (node.inputs[0], node.inputs[1])
    let y = shape(Value(node: node.index))
    let isOurs = winograd(shape(x), shape(filter), y, window, groups) != nil
    let tail = fuseTail(of: node, biasAxis: 1, allowsResidual: !isOurs) {
      isOurs ? $0.isRectifier : $0.canFollowProducts
    }
    let operations = try FusedOperations()
    var residual: Bound?
    if let value = tail.residual {
      // The residual takes the layout of the result, not the other way round: to write row-major,
      // for example, the library has only slow code.
      let (x, result, filter) = (shape(x), shape(tail.end), shape(filter))
      let layout = try plainForward(x, filter, result, window, groups).required(.destination)
      residual = Bound(buffer: try buffer(value, as: layout), layout: layout)
      try operations.add(layout)
    }
    if let activation = tail.activation { try operations.activate(activation) }
    let attributes = try operations.attributes()

    let filterLayout = try weightsLayout(filter, groups)
    let biasLayout = try Layout.plain([shape(tail.end)[1]])
    func make(_ x: Shape, _ y: Shape) throws(EngineError) -> ConvolutionKernel {
      if isOurs, let geometry = winograd(x, shape(filter), y, window, groups) {
        return .winograd(try .forward(geometry, slope: tail.activation?.rectifierSlope))
      }
      var (source, weights) = (try Layout.any(x.dimensions).raw, filterLayout.raw)
      let free = try Layout.any(y.dimensions)
      var (bias, destination) = (biasLayout.raw, (residual?.layout ?? free).raw)
      var geometry = window.geometry
      let primitive = try Primitive(
        "dnnl_convolution_forward", "\(x) with \(shape(filter))"
      ) { pd, library in
        withUnsafePointer(to: &bias) { biasPointer in
          conednn_convolution_forward(
            &pd, library.engine, true, &source, &weights, tail.bias == nil ? nil : biasPointer,
            &destination, &geometry, attributes.raw)
        }
      }
      return .library(primitive)
    }
    if residual == nil, let tiles = tiledPooling(after: tail.end),
      try lowerTiled(node, tail, tiles, make)
    {
      return
    }
    if residual == nil, try lowerNormalizedTiles(node, tail, make) { return }
    let kernel = try make(shape(x), shape(tail.end))
    let layouts = (source: try kernel.required(.source), weights: try kernel.required(.weights))
    var reads: [(Operand, BufferID, Layout)] = [
      (.source, try buffer(x, as: layouts.source), layouts.source),
      (.weights, try buffer(filter, as: layouts.weights), layouts.weights),
    ]
    if let value = tail.bias {
      reads.append((.bias, try plain(value), biasLayout))
    }
    let result = try kernel.required(.destination)
    let further = residual.map {
      [Step.Argument(number: operations.addArgument, buffer: $0.buffer, layout: $0.layout)]
    }
    try emit(
      kernel, reads, [(.destination, try define(tail.end, result), result)],
      further: further ?? [])
    try finishResults(tail.end)
  }

  func lowerConvolutionInputGradient(
    _ node: Node, _ window: Window, _ groups: Int
  ) throws(EngineError) {
    let (dy, filter) = (node.inputs[0], node.inputs[1])
    let result = shape(Value(node: node.index))
    let kernel = try inputGradient(result, shape(dy), shape(filter), window, groups)
    let layouts = (
      dy: try kernel.required(.destinationGradient), weights: try kernel.required(.weights),
      dx: try kernel.required(.sourceGradient)
    )
    try emit(
      kernel,
      [
        (.destinationGradient, try buffer(dy, as: layouts.dy), layouts.dy),
        (.weights, try buffer(filter, as: layouts.weights), layouts.weights),
      ],
      [(.sourceGradient, try define(Value(node: node.index), layouts.dx), layouts.dx)])
  }

  /// The code from dy and the filter to the gradient of x.
  private func inputGradient(
    _ result: Shape, _ dy: Shape, _ filter: Shape, _ window: Window, _ groups: Int
  ) throws(EngineError) -> ConvolutionKernel {
    if let geometry = winograd(result, filter, dy, window, groups) {
      return .winograd(try .inputGradient(geometry))
    }
    let forward = try plainForward(result, filter, dy, window, groups)
    var gradient = try Layout.any(result.dimensions).raw
    var weights = try Layout.any(grouped(filter, groups)).raw
    var destination = try Layout.any(dy.dimensions).raw
    var geometry = window.geometry
    let primitive = try Primitive("dnnl_convolution_backward_data", "\(result)") { pd, library in
      conednn_convolution_backward_data(
        &pd, library.engine, &gradient, &weights, &destination, &geometry, forward.descriptor,
        library.plainAttributes)
    }
    return .library(primitive)
  }

  func lowerConvolutionFilterGradient(
    _ node: Node, _ window: Window, _ groups: Int
  ) throws(EngineError) {
    let (x, dy) = (node.inputs[0], node.inputs[1])
    let filter = shape(Value(node: node.index))
    let biasNode = fusedBiasGradients[node.index]
    let kernel = try filterGradient(
      shape(x), shape(dy), filter, window, groups, hasBias: biasNode != nil)
    let layouts = (
      x: try kernel.required(.source), dy: try kernel.required(.destinationGradient),
      weights: try kernel.required(.weightsGradient)
    )
    let value = Value(node: node.index)
    var writes: [(Operand, BufferID, Layout)] = []
    let reads: [(Operand, BufferID, Layout)] = [
      (.source, try buffer(x, as: layouts.x), layouts.x),
      (.destinationGradient, try buffer(dy, as: layouts.dy), layouts.dy),
    ]
    writes.append((.weightsGradient, try define(value, layouts.weights), layouts.weights))
    if let biasNode {
      let layout = try Layout.plain([filter[0]])
      writes.append((.biasGradient, try define(Value(node: biasNode.index), layout), layout))
    }
    try emit(kernel, reads, writes)
    if let biasNode { try finishResults(Value(node: biasNode.index)) }
  }

  /// The code from x and dy to the filter's gradient and, if wanted, the bias's.
  func filterGradient(
    _ x: Shape, _ dy: Shape, _ filter: Shape, _ window: Window, _ groups: Int, hasBias: Bool
  ) throws(EngineError) -> ConvolutionKernel {
    if let geometry = winograd(x, filter, dy, window, groups) {
      return .winograd(try .filterGradient(geometry))
    }
    let forward = try plainForward(x, filter, dy, window, groups)
    var source = try Layout.any(x.dimensions).raw
    var weights = try Layout.any(grouped(filter, groups)).raw
    var bias = try Layout.plain([filter[0]]).raw
    var destination = try Layout.any(dy.dimensions).raw
    var geometry = window.geometry
    let primitive = try Primitive(
      "dnnl_convolution_backward_weights", "\(filter)"
    ) { pd, library in
      withUnsafePointer(to: &bias) { biasPointer in
        conednn_convolution_backward_weights(
          &pd, library.engine, &source, &weights, hasBias ? biasPointer : nil, &destination,
          &geometry, forward.descriptor, library.plainAttributes)
      }
    }
    return .library(primitive)
  }

  /// The extents of a filter as oneDNN wants them: groups x O/groups x I/groups x window.
  private func grouped(_ filter: Shape, _ groups: Int) -> [Int] {
    groups == 1
      ? filter.dimensions
      : [groups, filter[0] / groups] + filter.dimensions.dropFirst()
  }

  /// The layout of a filter: as fixed if its extents fit, else free.
  private func weightsLayout(_ filter: Value, _ groups: Int) throws(EngineError) -> Layout {
    let extents = grouped(shape(filter), groups)
    if let fixed = fixedLayout(filter), fixed.dimensions == extents, !fixed.isPlain {
      return fixed
    }
    return try .any(extents)
  }

  /// A forward primitive descriptor without fused operations: oneDNN's hint for backward ones.
  private func plainForward(
    _ x: Shape, _ filter: Shape, _ y: Shape, _ window: Window, _ groups: Int
  ) throws(EngineError) -> Primitive {
    var source = try Layout.any(x.dimensions).raw
    var weights = try Layout.any(grouped(filter, groups)).raw
    var destination = try Layout.any(y.dimensions).raw
    var geometry = window.geometry
    return try Primitive("dnnl_convolution_forward", "\(x) with \(filter)") { pd, library in
      conednn_convolution_forward(
        &pd, library.engine, true, &source, &weights, nil, &destination, &geometry,
        library.plainAttributes)
    }
  }
}

extension Window {
  /// The window as oneDNN wants it.
  var geometry: conednn_window {
    var geometry = conednn_window()
    for axis in size.indices {
      conednn_window_set(
        &geometry, Int32(axis), Int64(size[axis]), Int64(strides[axis]),
        Int64(dilation[axis] - 1), Int64(paddingBefore[axis]), Int64(paddingAfter[axis]))
    }
    return geometry
  }
}
