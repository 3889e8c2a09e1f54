/// A static graph of symbolic tensors: nodes in the order in which they were made.
///
/// A node may only read tensors made before it, so that the order of `nodes` is a valid schedule,
/// and the reversed order is the one of the backward pass. The graph computes nothing; `Engine`
/// compiles it. Not thread-safe while it is being built.
public final class TensorGraph {
  /// Whether layers that differ between training and inference build the one or the other.
  public enum Mode: Sendable {
    case training, inference
  }

  /// One operation with its operands and result types.
  public struct Node: Sendable {
    /// Position in ``TensorGraph/nodes``.
    public let index: Int
    /// What is computed.
    public let op: Op
    /// The operands.
    public let inputs: [Value]
    /// The types of the results; most ops have one.
    public let outputs: [TensorType]
    /// Path of the layer that made it, for errors, pictures and profiles.
    public let scope: String

    package init(index: Int, op: Op, inputs: [Value], outputs: [TensorType], scope: String) {
      self.index = index
      self.op = op
      self.inputs = inputs
      self.outputs = outputs
      self.scope = scope
    }
  }

  /// A result of a node, without the graph that owns it.
  public struct Value: Hashable, Sendable {
    /// Index of the node.
    public let node: Int
    /// Which of its results.
    public let output: Int

    /// Result `output` of node `node`.
    public init(node: Int, output: Int = 0) {
      self.node = node
      self.output = output
    }
  }

  /// Training or inference.
  public let mode: Mode
  /// The nodes, each after its operands.
  public private(set) var nodes: [Node] = []
  /// Parameters and buffers in the order of their first visit: the order of buckets, checkpoints
  /// and federated messages.
  public private(set) var parameters: [Parameter] = []
  /// Running averages to be updated after each step, in order.
  public private(set) var updates: [RunningAverage] = []

  private var scopes: [String] = []
  // Values, not tensors: these would keep the graph alive for ever.
  private var inputs: [String: Value] = [:]
  private var constants: [ConstantKey: Value] = [:]

  private struct ConstantKey: Hashable {
    /// Bits, because -0 equals 0 and NaN nothing.
    let bits: UInt32
    let shape: Shape
  }

  /// An empty graph.
  public init(mode: Mode = .training) { self.mode = mode }

  /// The dotted path of the layer being built.
  public var scope: String { scopes.joined(separator: ".") }

  /// Builds a part of the model under `name`: paths of its parameters and errors start with it.
  public func withScope<R, E: Error>(
    _ name: String, _ body: () throws(E) -> R
  ) throws(E) -> R {
    if name.isEmpty { return try body() }
    scopes.append(name)
    defer { scopes.removeLast() }
    return try body()
  }

  /// The type of `value`.
  public func type(of value: Value) -> TensorType { nodes[value.node].outputs[value.output] }

  /// The tensor of `value`, which must be of this graph.
  public func tensor(_ value: Value) -> Tensor { Tensor(graph: self, value: value) }

  // MARK: - Leaves

  /// A value fed at each step, by its name; asking twice for one name gives the same tensor.
  ///
  /// - Precondition: The type is that of the first time.
  public func input(_ name: String, _ type: TensorType) -> Tensor {
    if let known = inputs[name] {
      let first = self.type(of: known)
      precondition(first == type, "input \(name) is \(first) and cannot also be \(type)")
      return Tensor(graph: self, value: known)
    }
    let tensor = leaf(.input(name: name), type)
    inputs[name] = tensor.value
    return tensor
  }

  /// A float32 tensor filled with `value`; equal constants are one node.
  public func constant(_ value: Float, _ shape: Shape = []) -> Tensor {
    let key = ConstantKey(bits: value.bitPattern, shape: shape)
    if let known = constants[key] { return Tensor(graph: self, value: known) }
    let tensor = leaf(.constant(value), TensorType(shape))
    constants[key] = tensor.value
    return tensor
  }

  /// A parameter named under the current scope; asking twice for one path gives the same tensor, so
  /// that weights can be tied.
  ///
  /// - Parameter isTrained: false for buffers, which optimizers leave alone.
  /// - Throws: `GraphError` if no tensor can have the shape, or if the path has another one already.
  public func parameter(
    _ name: String, _ shape: Shape, _ initializer: Initializer, isTrained: Bool = true
  ) throws(GraphError) -> Tensor {
    let path = (scopes + [name]).joined(separator: ".")
    if let fault = shape.fault { throw GraphError("parameter", "\(path) \(fault)", scope: scope) }
    if let known = parameters.first(where: { $0.path == path }) {
      guard known.shape == shape else {
        throw GraphError(
          "parameter", "\(path) is \(known.shape) and cannot also be \(shape)", scope: scope)
      }
      return Tensor(graph: self, value: known.value)
    }
    let tensor = leaf(.parameter(path: path), TensorType(shape))
    parameters.append(
      Parameter(
        path: path, shape: shape, initializer: initializer, isTrained: isTrained,
        value: tensor.value))
    return tensor
  }

  /// Asks that buffer becomes `momentum * buffer + (1 - momentum) * factor * statistic` after a step.
  ///
  /// - Precondition: Both are of this graph and of one shape.
  public func update(
    _ buffer: Tensor, with statistic: Tensor, momentum: Float, factor: Float = 1
  ) {
    precondition(buffer.graph === self && statistic.graph === self, "tensors of another graph")
    precondition(buffer.type == statistic.type, "\(statistic.type) cannot update \(buffer.type)")
    updates.append(
      RunningAverage(
        buffer: buffer.value, statistic: statistic.value, momentum: momentum, factor: factor))
  }

  // MARK: - Nodes

  /// Appends a node after its shape rule has accepted the operands, and returns its results.
  ///
  /// - Throws: `GraphError` if the operands do not fit or are of another graph.
  public func append(_ op: Op, _ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    try expectOwn(inputs, op.name)
    let outputs: [TensorType]
    do {
      outputs = try op.shapeRule(inputs.map(\.type))
    } catch {
      throw GraphError(error.operation, error.reason, scope: scope)
    }
    let node = Node(
      index: nodes.count, op: op, inputs: inputs.map(\.value), outputs: outputs, scope: scope)
    nodes.append(node)
    return outputs.indices.map {
      Tensor(graph: self, value: Value(node: node.index, output: $0))
    }
  }

  /// Throws unless all of `tensors` belong to this graph.
  func expectOwn(_ tensors: [Tensor], _ operation: String) throws(GraphError) {
    for (index, tensor) in tensors.enumerated() where tensor.graph !== self {
      throw GraphError(operation, "operand \(index) belongs to another graph", scope: scope)
    }
  }

  private func leaf(_ op: Op, _ type: TensorType) -> Tensor {
    let node = Node(index: nodes.count, op: op, inputs: [], outputs: [type], scope: scope)
    nodes.append(node)
    return Tensor(graph: self, value: Value(node: node.index))
  }
}

/// A named tensor that outlives a step.
public struct Parameter: Sendable {
  /// The dotted path, for example `layers.0.weight`; the key in checkpoints.
  public let path: String
  /// The extents.
  public let shape: Shape
  /// How it starts.
  public let initializer: Initializer
  /// False for buffers such as running statistics.
  public let isTrained: Bool
  /// Its leaf in the graph.
  public let value: TensorGraph.Value
}

/// `buffer = momentum * buffer + (1 - momentum) * factor * statistic` after each step.
public struct RunningAverage: Sendable {
  /// The leaf of the buffer.
  public let buffer: TensorGraph.Value
  /// The value of this step.
  public let statistic: TensorGraph.Value
  /// The weight of the past.
  public let momentum: Float
  /// A correction of the statistic, for example n / (n - 1) for an unbiased variance.
  public let factor: Float
}
