import Foundation
import Graph

/// What a graph does with a parameter, as far as other programs store it differently.
enum ParameterUse: Equatable {
  /// A vector, a table, or whatever else lies alike everywhere.
  case plain
  /// The second operand of a product: units x inputs.
  case matrix
  /// A filter: O x C/groups x window.
  case filter(groups: Int)
  /// The filter of a transposed convolution: C x O/groups x window.
  case transposedFilter
}

/// An axis of a parameter that counts the elements of flattened images: channels x positions here,
/// positions x channels where channels come last.
struct FlattenedAxis: Equatable {
  let axis: Int
  let channels: Int
  let positions: Int
}

/// The parameters of a graph by layers, with their uses.
struct ParameterUses {
  /// The parameters of one layer in the order in which it asked for them.
  struct Layer {
    /// The path of the layer, such as `layers.3`.
    let scope: String
    /// Indices in the graph's parameters.
    var parameters: [Int]
    /// The cell, if this is one direction of one layer of a recurrent network.
    var cell: Recurrence.Cell?
  }

  /// Layers that have parameters, first to last.
  private(set) var layers: [Layer] = []
  /// The use of each of the graph's parameters.
  private(set) var uses: [ParameterUse]
  /// The flattened axis of each of the graph's parameters; nil for most.
  private(set) var flattened: [FlattenedAxis?]

  /// How the elements of a value are laid out, where channels-last programs lay them out otherwise.
  private enum Layout {
    /// N x channels x positions.
    case channelsFirst
    /// N x (channels * positions).
    case flattened(channels: Int, positions: Int)
  }

  init(_ graph: TensorGraph) {
    uses = graph.parameters.map { _ in .plain }
    flattened = graph.parameters.map { _ in nil }
    var indices: [TensorGraph.Value: Int] = [:]
    for (index, parameter) in graph.parameters.enumerated() {
      indices[parameter.value] = index
      let scope = parameter.path.split(separator: ".").dropLast().joined(separator: ".")
      if let layer = layers.firstIndex(where: { $0.scope == scope }) {
        layers[layer].parameters.append(index)
      } else {
        layers.append(Layer(scope: scope, parameters: [index]))
      }
    }
    for case (.recurrence(let recurrence), let node) in graph.nodes.map({ ($0.op, $0) }) {
      if let weights = indices[node.inputs[1]] { divide(graph, at: weights, recurrence.cell) }
    }
    var layouts: [TensorGraph.Value: Layout] = [:]
    for node in graph.nodes {
      for (operand, input) in node.inputs.enumerated() {
        guard let index = indices[input] else { continue }
        if uses[index] == .plain { uses[index] = Self.use(of: operand, by: node.op) }
        guard operand > 0, case .flattened(let channels, let positions)? = layouts[node.inputs[0]],
          let axis = Self.featureAxis(of: operand, by: node.op)
        else { continue }
        flattened[index] = FlattenedAxis(axis: axis, channels: channels, positions: positions)
      }
      layouts[TensorGraph.Value(node: node.index)] = Self.layout(after: node, graph, layouts)
    }
  }

  /// Makes a layer of its own of the parameters whose names end as that of `weights` does: `_l0_reverse`.
  private mutating func divide(_ graph: TensorGraph, at weights: Int, _ cell: Recurrence.Cell) {
    guard let place = layers.firstIndex(where: { $0.parameters.contains(weights) }),
      let start = graph.parameters[weights].path.range(of: "_l", options: .backwards)
    else { return }
    let suffix = graph.parameters[weights].path[start.lowerBound...]
    let own = layers[place].parameters.filter { graph.parameters[$0].path.hasSuffix(suffix) }
    layers[place].parameters.removeAll { own.contains($0) }
    layers.insert(
      Layer(scope: layers[place].scope, parameters: own, cell: cell), at: place)
    if layers[place + 1].parameters.isEmpty { layers.remove(at: place + 1) }
  }

  private static func use(of operand: Int, by op: Op) -> ParameterUse {
    switch op {
    case .matmul(transposeA: _, transposeB: true) where operand == 1: .matrix
    case .convolution(_, let groups) where operand == 1: .filter(groups: groups)
    case .convolutionInputGradient where operand == 1: .transposedFilter
    default: .plain
    }
  }

  /// The axis of a parameter that goes over the features of the op's first operand.
  private static func featureAxis(of operand: Int, by op: Op) -> Int? {
    switch op {
    case .matmul(transposeA: false, transposeB: true): 1
    case .matmul(transposeA: false, transposeB: false), .batchNormInference, .groupNorm: 0
    case .addBias(let axis) where axis == 1: 0
    default: nil
    }
  }

  private static func layout(
    after node: TensorGraph.Node, _ graph: TensorGraph, _ layouts: [TensorGraph.Value: Layout]
  ) -> Layout? {
    guard let first = node.inputs.first else {
      guard case .input = node.op, node.outputs[0].shape.rank == 4 else { return nil }
      return .channelsFirst
    }
    switch node.op {
    case .convolution, .convolutionInputGradient, .pool: return .channelsFirst
    case .unary, .binary, .scale, .addBias, .batchNormInference, .groupNorm, .dropout, .pad, .slice,
      .concatenate, .broadcast, .softmax, .logSoftmax:
      return layouts[first]
    case .reshape(let shape):
      guard case .channelsFirst? = layouts[first] else { return layouts[first] }
      let before = graph.type(of: first).shape
      guard before.rank >= 3, shape.rank >= 2, shape[0] == before[0] else { return nil }
      if shape[1] == before[1] { return .channelsFirst }
      guard shape.rank == 2 else { return nil }
      let positions = shape[1] / before[1]
      return positions > 1 ? .flattened(channels: before[1], positions: positions) : nil
    default: return nil
    }
  }
}
