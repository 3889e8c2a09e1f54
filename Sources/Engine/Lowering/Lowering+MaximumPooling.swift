import CKernels
import Graph

/// What the gradient of a maximum pooling needs.
struct PoolWinners {
  let buffer: BufferID
  let layout: (x: Layout, y: Layout)
  /// The node of a rectifier's gradient that the winners account for; see
  /// `Program.swapReluAndPoolGradients`.
  let rectifierGradient: Int?
}

extension Compiler {
  // Note [Maximum pooling]
  // oneDNN's kernels took 2.8 of 10 ms of a small image network's step: their workspace and
  // zero-filled scatter cost more than the data. Ours keeps one byte an element, writes each
  // gradient once, and folds the gradient of a rectifier into that byte. It covers what networks
  // use (two spatial axes, blocked layout, windows that do not overlap); oneDNN does the rest.

  /// Returns false if the case is not covered.
  func lowerBlockedMaximum(
    _ node: Node, _ source: Bound, _ window: Window
  ) throws(EngineError) -> Bool {
    let (x, value) = (shape(node.inputs[0]), Value(node: node.index))
    guard x.rank == 4, source.layout == (try Layout.blockedImages(x.dimensions)),
      window.dilation == [1, 1], window.size.reduce(1, *) < 255,
      zip(window.strides, window.size).allSatisfy({ $0 >= $1 })
    else { return false }
    let y = shape(value)
    let layout = try Layout.blockedImages(y.dimensions)
    let rectifier = rectifierGradient(after: value)
    if let rectifier { consumed.insert(rectifier) }
    let winners = makeBuffer(byteCount: layout.byteCount / 4)
    poolWinners[node.index] = PoolWinners(
      buffer: winners, layout: (source.layout, layout), rectifierGradient: rectifier)
    let geometry = poolGeometry(x, y, window)
    emit(
      "max pool", reads: [source.buffer], writes: [try define(value, layout), winners]
    ) { [geometry, isRectified = rectifier != nil] in
      var geometry = geometry
      ck_max_pool($0[0], $0[1], $0.bytes(2), &geometry, isRectified ? 1 : 0)
    }
    return true
  }

  func lowerBlockedMaximumGradient(
    _ node: Node, _ window: Window, _ winners: PoolWinners
  ) throws(EngineError) {
    var dy = node.inputs[0]
    if dy.node == winners.rectifierGradient { dy = program.nodes[dy.node].inputs[0] }
    let geometry = poolGeometry(shape(node.inputs[1]), shape(node.inputs[2]), window)
    let reads = [try buffer(dy, as: winners.layout.y), winners.buffer]
    let target = try define(Value(node: node.index), winners.layout.x)
    emit("max pool gradient", reads: reads, writes: [target]) {
      var geometry = geometry
      ck_max_pool_gradient($0[0], $0.bytes(1), $0[2], &geometry)
    }
  }

  /// The gradient of a rectifier whose only reader is this pooling's gradient.
  private func rectifierGradient(after value: Value) -> Int? {
    (program.consumers[value] ?? []).first { index in
      let node = program.nodes[index]
      guard case .unaryGradient(.relu) = node.op, node.inputs[1] == value,
        let reader = program.soleConsumer(Value(node: index)),
        case .poolGradient(.maximum, _) = reader.op
      else { return false }
      return reader.inputs[0].node == index && reader.inputs[2] == value
    }
  }

  private func poolGeometry(_ x: Shape, _ y: Shape, _ window: Window) -> ck_pool {
    ck_pool(
      planes: x[0] * ((x[1] + 15) / 16), height: x[2], width: x[3], out_height: y[2],
      out_width: y[3], window: (window.size[0], window.size[1]),
      stride: (window.strides[0], window.strides[1]),
      padding: (window.paddingBefore[0], window.paddingBefore[1]))
  }
}
