import Checkpoints
import Graph

// Note [From Keras's layouts to ours]
//
//     dense                inputs x units             -> units x inputs
//     convolution          window x C/groups x O      -> O x C/groups x window
//     depthwise            window x C x multiplier    -> C multiplier x 1 x window
//     transposed           window x O x C             -> C x O x window
//
// Images are H x W x C there and C x H x W here. What follows a flatten therefore has its features in
// another order: the columns of a dense layer's weight are sorted anew, as is every vector over such
// features.

extension KerasFile {
  /// The weights under the paths and in the layouts of `graph`'s parameters.
  ///
  /// Layers with weights are matched in order, those of Keras 3 in the order of their kind; what is
  /// renamed is matched by name. Within a layer, weight i is parameter i. A layer that matches none
  /// keeps its name, and so does a weight beyond the last parameter.
  func weights(
    for graph: TensorGraph, _ renaming: Renaming
  ) throws(InterchangeError) -> ForeignWeights {
    if let idle = renaming.idleRules(among: layers.map(\.name)).first {
      throw .unsupported(what: "\(path): holds no layer \"\(idle.from)\" to be renamed")
    }
    let uses = ParameterUses(graph)
    var open = uses.layers
    var matched: [(layer: Layer, target: ParameterUses.Layer?)] = []
    for layer in layers {
      guard case .renamed(let scope) = renaming(layer.name) else { continue }
      let target = open.firstIndex { $0.scope == scope }
      matched.append((layer, target.map { open.remove(at: $0) }))
    }
    var rest = layers.filter { renaming($0.name) == .untouched }
    if isOrdered {
      matched += rest.enumerated().map { index, layer in
        (layer, index < open.count ? open[index] : nil)
      }
    } else {
      // Of two directions the forward one comes first, which is not the order of the alphabet.
      func order(_ layer: Layer) -> (Int, Int) {
        (layer.kind.number, layer.name.contains(".backward_layer") ? 1 : 0)
      }
      rest.sort { order($0) < order($1) }
      for layer in rest {
        let target = open.firstIndex {
          Self.kinds(of: $0, graph, uses).contains(layer.kind.name)
        }
        matched.append((layer, target.map { open.remove(at: $0) }))
      }
    }
    return ForeignWeights(
      path: path, tensors: matched.flatMap { Self.tensors($0, $1, graph, uses) })
  }

  private static func tensors(
    _ layer: Layer, _ target: ParameterUses.Layer?, _ graph: TensorGraph, _ uses: ParameterUses
  ) -> [CheckpointTensor] {
    if let target, target.cell != nil {
      return recurrentTensors(layer, target, graph)
    }
    return layer.weights.enumerated().map { position, weight in
      guard let target, position < target.parameters.count else {
        return weight.renamed("\(layer.name).\(weight.path)")
      }
      let index = target.parameters[position]
      var tensor = weight.renamed(graph.parameters[index].path)
      tensor = tensor.fromKeras(uses.uses[index], wanted: graph.parameters[index].shape)
      guard let axis = uses.flattened[index] else { return tensor }
      return tensor.channelsFirst(
        axis: axis.axis, channels: axis.channels, positions: axis.positions)
    }
  }

  /// What Keras calls a layer that uses its parameters as `layer` does.
  private static func kinds(
    of layer: ParameterUses.Layer, _ graph: TensorGraph, _ uses: ParameterUses
  ) -> [String] {
    guard let first = layer.parameters.first else { return [] }
    if let cell = layer.cell {
      return [cell.isVanilla ? "simple_rnn" : cell.rawValue, "bidirectional"]
    }
    let shape = graph.parameters[first].shape
    switch uses.uses[first] {
    case .matrix: return ["dense"]
    case .filter(let groups):
      return groups > 1 && shape[1] == 1
        ? ["depthwise_conv2d", "depthwise_conv1d", "conv\(shape.rank - 2)d"]
        : ["conv\(shape.rank - 2)d"]
    case .transposedFilter: return ["conv\(shape.rank - 2)d_transpose"]
    case .plain:
      if shape.rank == 2 { return ["embedding"] }
      switch layer.parameters.count {
      case 4: return ["batch_normalization"]
      case 2: return ["layer_normalization", "group_normalization"]
      default: return ["rms_normalization"]
      }
    }
  }
}

extension CheckpointTensor {
  /// The tensor in our layout, if it has the axes for it; else as it is, to be found misshapen.
  fileprivate func fromKeras(_ use: ParameterUse, wanted: Shape) -> CheckpointTensor {
    let axes = Array(shape.indices)
    guard shape.count == wanted.rank, axes.count >= 2 else { return self }
    let window = Array(axes.dropLast(2))
    let (second, last) = (axes[axes.count - 2], axes[axes.count - 1])
    switch use {
    case .plain: return self
    case .matrix: return axes.count == 2 ? transposed([1, 0]) : self
    case .filter(let groups):
      if groups > 1, wanted[1] == 1, shape[second] == groups,
        shape[second] * shape[last] == wanted[0]
      {
        let filter = transposed([second, last] + window)
        return filter.reshaped([wanted[0], 1] + window.map { shape[$0] })
      }
      return transposed([last, second] + window)
    case .transposedFilter: return transposed([last, second] + window)
    }
  }
}
