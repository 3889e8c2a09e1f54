import Graph

// Note [Any number of samples]
// A graph is made for one number of samples; ONNX wants a name in its place. The graph is made twice,
// for 2 and for 3 samples: an extent that is the same in both is a number, one that grows from 2 f to
// 3 f is f times the batch. Shapes that hold such extents are computed by the exported model from the
// shape of its input.

/// A graph on its way to ONNX: the nodes and tensors so far, and what values are called.
struct ONNXExport {
  private(set) var nodes: [ONNXNode] = []
  private(set) var tensors: [ONNXTensor] = []
  private let two: TensorGraph
  private let three: TensorGraph
  private let values: [[Float]]
  private var names: [TensorGraph.Value: String] = [:]
  private var known: Set<String> = []
  private var input = ""

  init(two: TensorGraph, three: TensorGraph, values: [[Float]]) {
    (self.two, self.three, self.values) = (two, three, values)
  }

  /// The graph for two samples, which is the one that is translated.
  var graph: TensorGraph { two }

  // MARK: - Values

  /// Calls `value` by a name that is known already.
  mutating func bind(_ value: TensorGraph.Value, to name: String) {
    if case .input = two.nodes[value.node].op, input.isEmpty { input = name }
    names[value] = name
  }

  /// What `value` is called.
  func name(of value: TensorGraph.Value) throws(InterchangeError) -> String {
    guard let name = names[value] else {
      throw unsupported(two.nodes[value.node], "it is an input beside the features")
    }
    return name
  }

  /// The type of a value for two samples.
  func shape(of value: TensorGraph.Value) -> [Int] { two.type(of: value).shape.dimensions }

  /// The extents of a value for any number of samples.
  func extents(of value: TensorGraph.Value) throws(InterchangeError) -> [ONNXExtent] {
    let node = two.nodes[value.node]
    guard three.nodes.count == two.nodes.count, three.nodes[value.node].op.name == node.op.name,
      let extents = Self.extents(
        shape(of: value), three.type(of: value).shape.dimensions)
    else { throw unsupported(node, "its shape is no multiple of the number of samples") }
    return extents
  }

  private static func extents(_ two: [Int], _ three: [Int]) -> [ONNXExtent]? {
    guard two.count == three.count else { return nil }
    var extents: [ONNXExtent] = []
    for (a, b) in zip(two, three) {
      if a == b {
        extents.append(.fixed(a))
      } else if a == 2 * (b - a) {
        extents.append(.batch(factor: b - a))
      } else {
        return nil
      }
    }
    return extents
  }

  func unsupported(_ node: TensorGraph.Node, _ reason: String) -> InterchangeError {
    .unsupported(
      what: "\(node.scope.isEmpty ? "the model" : node.scope) cannot be said in ONNX: \(reason)")
  }

  // MARK: - Writing

  /// Translates the nodes that `output` needs, in their order.
  mutating func translate(upTo output: TensorGraph.Value) throws(InterchangeError) {
    var needed: Set<Int> = [output.node]
    for node in two.nodes.reversed() where needed.contains(node.index) {
      needed.formUnion(node.inputs.map(\.node))
    }
    for node in two.nodes where needed.contains(node.index) {
      let value = TensorGraph.Value(node: node.index)
      if names[value] == nil { names[value] = try translate(node) }
    }
  }

  /// Appends an operator with one result and returns the result's name.
  @discardableResult
  mutating func emit(
    _ kind: String, _ inputs: [String], _ attributes: [(String, ONNXNode.Attribute)] = [],
    scope: String = "", output: String? = nil
  ) -> String {
    let name = output ?? unused((scope.isEmpty ? "" : scope + ".") + kind.lowercased())
    nodes.append(
      ONNXNode(
        kind: kind, inputs: inputs, outputs: [name], name: name,
        attributes: attributes.map { (name: $0.0, value: $0.1) }))
    return name
  }

  /// What `write` appends, as a graph of its own; it gets new names for `inputs` and returns its results.
  mutating func body(
    inputs: [String], _ write: (inout ONNXExport, [String]) -> [String]
  ) -> ONNXBody {
    let outside = nodes
    nodes = []
    let names = inputs.map { unused($0) }
    // A result must be a new value, and no two may be one.
    let results = write(&self, names).map { emit("Identity", [$0]) }
    defer { nodes = outside }
    return ONNXBody(nodes: nodes, inputs: names, outputs: results)
  }

  /// Appends an operator with several results.
  mutating func emit(
    _ kind: String, _ inputs: [String], _ attributes: [(String, ONNXNode.Attribute)], results: Int,
    scope: String
  ) -> [String] {
    let name = unused(scope + "." + kind.lowercased())
    let outputs = (0..<results).map { unused("\(name)/\($0)") }
    nodes.append(
      ONNXNode(
        kind: kind, inputs: inputs, outputs: outputs, name: name,
        attributes: attributes.map { (name: $0.0, value: $0.1) }))
    return outputs
  }

  /// A tensor of numbers.
  mutating func constant(_ values: [Float], shape: [Int]) -> String {
    let name = unused("constant")
    tensors.append(ONNXTensor(name: name, shape: shape, elements: .floats(values)))
    return name
  }

  /// One number, without axes.
  mutating func constant(_ value: Float) -> String { constant([value], shape: []) }

  /// A list of integers.
  mutating func integers(_ values: [Int]) -> String {
    let name = "integers." + values.map(String.init).joined(separator: "_")
    if known.insert(name).inserted {
      tensors.append(ONNXTensor(name: name, shape: [values.count], elements: .integers(values)))
    }
    return name
  }

  /// The parameter at `index`, under its path.
  mutating func parameter(_ path: String) -> String {
    guard known.insert(path).inserted,
      let index = two.parameters.firstIndex(where: { $0.path == path })
    else { return path }
    tensors.append(
      ONNXTensor(
        name: path, shape: two.parameters[index].shape.dimensions,
        elements: .floats(values[index])))
    return path
  }

  /// A list of extents: a constant, or computed from the shape of the input.
  mutating func shape(_ extents: [ONNXExtent]) -> String {
    let fixed = extents.compactMap { if case .fixed(let extent) = $0 { extent } else { nil } }
    if fixed.count == extents.count { return integers(fixed) }
    let batch = "batch"
    if known.insert(batch).inserted {
      let whole = emit("Shape", [input])
      emit("Slice", [whole, integers([0]), integers([1])], output: batch)
    }
    let parts = extents.map { extent in
      switch extent {
      case .fixed(let extent): integers([extent])
      case .batch(1): batch
      case .batch(let factor): emit("Mul", [batch, integers([factor])])
      }
    }
    return parts.count == 1 ? parts[0] : emit("Concat", parts, [("axis", .integer(0))])
  }

  /// A shape to reshape to, in which -1 may stand for the one extent that depends on the batch.
  mutating func target(_ extents: [ONNXExtent]) -> String {
    let open = extents.filter { if case .batch = $0 { true } else { false } }
    guard open.count == 1 else { return shape(extents) }
    return integers(extents.map { if case .fixed(let extent) = $0 { extent } else { -1 } })
  }

  private mutating func unused(_ name: String) -> String {
    var candidate = name
    var count = 1
    while !known.insert(candidate).inserted {
      count += 1
      candidate = "\(name).\(count)"
    }
    return candidate
  }
}
