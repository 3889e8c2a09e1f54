import COneDNN
import Graph

extension Compiler {
  func lowerConvolution(_ node: Node, _ window: Window, _ groups: Int) throws(EngineError) {
    let (x, filter) = (node.inputs[0], node.inputs[1])
    let tail = fuseTail(of: node, biasAxis: 1, allowsResidual: true) { $0.canFollowProducts }
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
    func make(_ x: Shape, _ y: Shape) throws(EngineError) -> Primitive {
      var (source, weights) = (try Layout.any(x.dimensions).raw, filterLayout.raw)
      let free = try Layout.any(y.dimensions)
      var (bias, destination) = (biasLayout.raw, (residual?.layout ?? free).raw)
      var geometry = convolutionGeometry(window, x, shape(filter), groups)
      return try Primitive("dnnl_convolution_forward", "\(x) with \(shape(filter))") {
        pd, library in
        withUnsafePointer(to: &bias) { biasPointer in
          conednn_convolution_forward(
            &pd, library.engine, true, &source, &weights, tail.bias == nil ? nil : biasPointer,
            &destination, &geometry, attributes.raw)
        }
      }
    }
    if residual == nil, let tiles = tiledPooling(after: tail.end),
      try lowerTiled(node, tail, tiles, make)
    {
      return
    }
    if residual == nil, try lowerNormalizedTiles(node, tail, make) { return }
    let primitive = try make(shape(x), shape(tail.end))
    let layouts = (
      source: try primitive.required(.source), weights: try primitive.required(.weights)
    )
    var reads: [(Operand, BufferID, Layout)] = [
      (.source, try buffer(x, as: layouts.source), layouts.source),
      (.weights, try buffer(filter, as: layouts.weights), layouts.weights),
    ]
    if let value = tail.bias {
      reads.append((.bias, try plain(value), biasLayout))
    }
    let result = try primitive.required(.destination)
    let further = residual.map {
      [Step.Argument(number: operations.addArgument, buffer: $0.buffer, layout: $0.layout)]
    }
    try emit(
      primitive, reads, [(.destination, try define(tail.end, result), result)],
      further: further ?? [])
    try finishResults(tail.end)
  }

  func lowerConvolutionInputGradient(
    _ node: Node, _ window: Window, _ groups: Int
  ) throws(EngineError) {
    let (dy, filter) = (node.inputs[0], node.inputs[1])
    let result = shape(Value(node: node.index))
    let forward = try plainForward(result, shape(filter), shape(dy), window, groups)
    var gradient = try Layout.any(result.dimensions).raw
    var weights = try Layout.any(grouped(shape(filter), groups)).raw
    var destination = try Layout.any(shape(dy).dimensions).raw
    var geometry = convolutionGeometry(window, result, shape(filter), groups)
    let primitive = try Primitive("dnnl_convolution_backward_data", "\(result)") { pd, library in
      conednn_convolution_backward_data(
        &pd, library.engine, &gradient, &weights, &destination, &geometry, forward.descriptor,
        library.plainAttributes)
    }
    let layouts = (
      dy: try primitive.required(.destinationGradient), weights: try primitive.required(.weights),
      dx: try primitive.required(.sourceGradient)
    )
    try emit(
      primitive,
      [
        (.destinationGradient, try buffer(dy, as: layouts.dy), layouts.dy),
        (.weights, try buffer(filter, as: layouts.weights), layouts.weights),
      ],
      [(.sourceGradient, try define(Value(node: node.index), layouts.dx), layouts.dx)])
  }

  func lowerConvolutionFilterGradient(
    _ node: Node, _ window: Window, _ groups: Int
  ) throws(EngineError) {
    let (x, dy) = (node.inputs[0], node.inputs[1])
    let filter = shape(Value(node: node.index))
    let biasNode = fusedBiasGradients[node.index]
    let primitive = try filterGradient(
      shape(x), shape(dy), filter, window, groups, hasBias: biasNode != nil)
    let layouts = (
      x: try primitive.required(.source), dy: try primitive.required(.destinationGradient),
      weights: try primitive.required(.weightsGradient)
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
    try emit(primitive, reads, writes)
    if let biasNode { try finishResults(Value(node: biasNode.index)) }
  }

  /// The primitive from x and dy to the filter's gradient and, if wanted, the bias's.
  func filterGradient(
    _ x: Shape, _ dy: Shape, _ filter: Shape, _ window: Window, _ groups: Int, hasBias: Bool
  ) throws(EngineError) -> Primitive {
    let forward = try plainForward(x, filter, dy, window, groups)
    var source = try Layout.any(x.dimensions).raw
    var weights = try Layout.any(grouped(filter, groups)).raw
    var bias = try Layout.plain([filter[0]]).raw
    var destination = try Layout.any(dy.dimensions).raw
    var geometry = convolutionGeometry(window, x, filter, groups)
    return try Primitive("dnnl_convolution_backward_weights", "\(filter)") { pd, library in
      withUnsafePointer(to: &bias) { biasPointer in
        conednn_convolution_backward_weights(
          &pd, library.engine, &source, &weights, hasBias ? biasPointer : nil, &destination,
          &geometry, forward.descriptor, library.plainAttributes)
      }
    }
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

  // Note [Winograd]
  // Winograd's algorithm (Lavin and Gray 2016) computes 4 x 4 results of a 3 x 3 window with 36 products
  // in place of 144, for some additions before and after. Measured on one core of an AVX-512 Xeon, batch
  // 64, microseconds, plain and Winograd's: 64 channels of 8 x 8 pixels, forward 1528, 988, and the
  // gradients of x 1538, 982 and of the filter 1929, 1071; 32 of 16 x 16: 1645, 1297, 1687, 1305, 1741,
  // 1450; 16 of 32 x 32: 2407, 2850. It rounds differently, by some 1e-5 of the largest result instead
  // of 1e-6: enough for training, where gradients of batches are noisier by far, but predictions are
  // what other programs compute. So it is for plans with gradients only.

  /// The window for oneDNN, with Winograd's algorithm where it is faster.
  private func convolutionGeometry(
    _ window: Window, _ x: Shape, _ filter: Shape, _ groups: Int
  ) -> conednn_window {
    var geometry = window.geometry
    geometry.winograd =
      isTraining && groups == 1 && window.size == [3, 3] && window.strides == [1, 1]
      && window.dilation == [1, 1] && x[1] % 16 == 0 && filter[0] % 16 == 0
      && min(x[1], filter[0]) >= 32 && x[0] * x[2] * x[3] >= 2048
    return geometry
  }

  /// A forward primitive descriptor without fused operations: oneDNN's hint for backward ones.
  private func plainForward(
    _ x: Shape, _ filter: Shape, _ y: Shape, _ window: Window, _ groups: Int
  ) throws(EngineError) -> Primitive {
    var source = try Layout.any(x.dimensions).raw
    var weights = try Layout.any(grouped(filter, groups)).raw
    var destination = try Layout.any(y.dimensions).raw
    var geometry = convolutionGeometry(window, x, filter, groups)
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
