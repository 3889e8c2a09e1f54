import Checkpoints
import Graph

// Note [Keras's cells]
//
//     kernel             inputs x G units   ─► weight_ih   G units x inputs
//     recurrent_kernel   units x G units    ─► weight_hh   G units x units
//     bias               G units            ─► bias_ih, and zeros for bias_hh
//                        2 x 3 units        ─► bias_ih and bias_hh of a GRU (`reset_after`, the default)
//
// The gates of an LSTM stand in the same order; those of a GRU are z, r, n there and r, z, n here. A GRU
// that resets before the product has one bias and another formula: its bias_hh is missed, and said so.

extension Recurrence.Cell {
  /// Whether there is one gate.
  var isVanilla: Bool { gates == 1 }
}

extension KerasFile {
  /// The weights of one cell under the paths of `target`, which has a cell.
  static func recurrentTensors(
    _ layer: Layer, _ target: ParameterUses.Layer, _ graph: TensorGraph
  ) -> [CheckpointTensor] {
    let paths = target.parameters.map { graph.parameters[$0].path }
    let gates = target.cell?.gates ?? 1
    var tensors: [CheckpointTensor] = []
    for (position, weight) in layer.weights.enumerated() {
      switch (position, weight.shape.count) {
      case (0...1, 2) where position < paths.count:
        tensors.append(
          weight.renamed(paths[position]).transposed([1, 0]).gatesReordered(gates))
      case (2, 1) where paths.count >= 4 && target.cell != .gru:
        tensors.append(weight.renamed(paths[2]))
        tensors.append(
          CheckpointTensor(
            path: paths[3], shape: weight.shape, values: weight.values.map { _ in 0 }))
      case (2, 2) where paths.count >= 4 && weight.shape[0] == 2:
        let width = weight.shape[1]
        for row in 0..<2 {
          tensors.append(
            CheckpointTensor(
              path: paths[2 + row], shape: [width],
              values: Array(weight.values[row * width..<(row + 1) * width])
            ).gatesReordered(gates))
        }
      default: tensors.append(weight.renamed("\(layer.name).\(weight.path)"))
      }
    }
    return tensors
  }
}

extension CheckpointTensor {
  /// The rows of z, r, n in the order r, z, n; other numbers of gates as they are.
  fileprivate func gatesReordered(_ gates: Int) -> CheckpointTensor {
    guard gates == 3, values.count % 3 == 0 else { return self }
    let part = values.count / 3
    let order = [1, 0, 2]
    return CheckpointTensor(
      path: path, shape: shape,
      values: order.flatMap { values[$0 * part..<($0 + 1) * part] })
  }
}
