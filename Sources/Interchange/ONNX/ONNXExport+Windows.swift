import Graph

extension ONNXExport {
  static func attributes(_ window: Window) -> [(String, ONNXNode.Attribute)] {
    [
      ("kernel_shape", .integers(window.size)), ("strides", .integers(window.strides)),
      ("dilations", .integers(window.dilation)),
      ("pads", .integers(window.paddingBefore + window.paddingAfter)),
    ]
  }

  mutating func transposedConvolution(
    _ node: TensorGraph.Node, _ operands: [String], _ window: Window, _ groups: Int, _ image: Shape
  ) -> String {
    // The rows of the result that no window has reached are asked for by name.
    let small = shape(of: node.inputs[0])
    let extra = window.size.indices.map { axis in
      image[axis + 2]
        - ((small[axis + 2] - 1) * window.strides[axis] + window.reach(axis: axis)
          - window.paddingBefore[axis] - window.paddingAfter[axis])
    }
    return emit(
      "ConvTranspose", operands,
      Self.attributes(window) + [
        ("group", .integer(groups)), ("output_padding", .integers(extra)),
      ],
      scope: node.scope)
  }

  mutating func pool(
    _ node: TensorGraph.Node, _ operand: String, _ pooling: Pooling, _ window: Window
  ) throws(InterchangeError) -> String {
    switch pooling {
    case .maximum: return emit("MaxPool", [operand], Self.attributes(window), scope: node.scope)
    case .average:
      guard window.dilation.allSatisfy({ $0 == 1 }) else {
        throw unsupported(node, "average pooling with dilation")
      }
      let attributes = Self.attributes(window).filter { $0.0 != "dilations" }
      return emit(
        "AveragePool", [operand], attributes + [("count_include_pad", .integer(0))],
        scope: node.scope)
    }
  }

  /// Each group of each sample by itself:
  ///
  ///     x: N x C x ... ─► N x G x M ─► (x - mean) / sqrt(mean of squares + epsilon) ─► N x C x ...
  ///     ─► times scale, plus offset of each channel
  mutating func groupNorm(
    _ node: TensorGraph.Node, _ operands: [String], _ norm: GroupNormalization
  ) throws(InterchangeError) -> String {
    let scope = node.scope
    let extents = try extents(of: node.inputs[0])
    let x = shape(of: node.inputs[0])
    let grouped = [-1, norm.groups, x.dropFirst().reduce(1, *) / norm.groups]
    let axes: [(String, ONNXNode.Attribute)] = [
      ("axes", .integers([2])), ("keepdims", .integer(1)),
    ]
    var values = emit("Reshape", [operands[0], integers(grouped)], scope: scope)
    if norm.isCentered {
      values = emit(
        "Sub", [values, emit("ReduceMean", [values], axes, scope: scope)], scope: scope)
    }
    let square = emit("Mul", [values, values], scope: scope)
    let variance = emit("ReduceMean", [square], axes, scope: scope)
    let shifted = emit("Add", [variance, constant(norm.epsilon)], scope: scope)
    let normal = emit(
      "Div", [values, emit("Sqrt", [shifted], scope: scope)], scope: scope)
    let back = emit("Reshape", [normal, target(extents)], scope: scope)
    let scaled = emit(
      "Mul", [back, vector(operands[1], axis: 1, rank: x.count)], scope: scope)
    return emit("Add", [scaled, vector(operands[2], axis: 1, rank: x.count)], scope: scope)
  }
}
