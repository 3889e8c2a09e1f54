import Graph

/// The nodes of a graph as the compiler may rewrite them: same indices, same meaning of every value
/// that somebody asked for.
struct Program {
  typealias Value = TensorGraph.Value
  typealias Node = TensorGraph.Node

  private(set) var nodes: [Node]
  /// Whether a node is needed for a fetched value or a result.
  private(set) var isLive: [Bool] = []
  /// The live nodes that read each value, once for each operand.
  private(set) var consumers: [Value: [Int]] = [:]
  /// Values that must exist as they are.
  let pinned: Set<Value>

  init(_ graph: TensorGraph, keeping values: [Value]) {
    nodes = graph.nodes
    pinned = Set(values)
    analyse()
    swapReluAndPoolGradients()
    analyse()
  }

  /// The type of `value`.
  func type(of value: Value) -> TensorType { nodes[value.node].outputs[value.output] }

  /// The cost of node `index`.
  func cost(of index: Int) -> Cost {
    let node = nodes[index]
    return node.op.cost(inputs: node.inputs.map { type(of: $0) }, outputs: node.outputs)
  }

  /// The only reader of `value`, nil if there are more or somebody fetches it.
  func soleConsumer(_ value: Value) -> Node? {
    guard !pinned.contains(value), let readers = consumers[value], readers.count == 1 else {
      return nil
    }
    return nodes[readers[0]]
  }

  private mutating func analyse() {
    isLive = [Bool](repeating: false, count: nodes.count)
    for value in pinned { isLive[value.node] = true }
    consumers = [:]
    for node in nodes.reversed() where isLive[node.index] {
      for input in node.inputs {
        isLive[input.node] = true
        consumers[input, default: []].append(node.index)
      }
    }
  }

  /// Moves the gradient of a rectifier from before a maximum pooling to after it.
  ///
  ///     relu'(poolGradient(dP, X, P), X)   =   poolGradient(relu'(dP, P), X, P)
  ///
  /// The pooling sends dP to an element equal to P, so that the sign of P decides as well as that of
  /// X; P is smaller by the window (4 times for 2x2), and X need not be kept for the rectifier.
  private mutating func swapReluAndPoolGradients() {
    for node in nodes where isLive[node.index] {
      guard case .unaryGradient(.relu) = node.op,
        case .poolGradient(.maximum, let window) = nodes[node.inputs[0].node].op,
        soleConsumer(node.inputs[0]) != nil
      else { continue }
      let pool = nodes[node.inputs[0].node]
      let (gradient, x, y) = (pool.inputs[0], pool.inputs[1], pool.inputs[2])
      guard x == node.inputs[1] else { continue }
      nodes[pool.index] = Node(
        index: pool.index, op: .unaryGradient(.relu), inputs: [gradient, y],
        outputs: [type(of: y)], scope: node.scope)
      nodes[node.index] = Node(
        index: node.index, op: .poolGradient(.maximum, window),
        inputs: [Value(node: pool.index), x, y], outputs: node.outputs, scope: pool.scope)
    }
  }
}
