import CKernels
import Graph

/// What the gradient of a maximum pooling needs.
struct PoolWinners {
  let buffer: BufferID
  let layout: (x: Layout, y: Layout)
  /// The node of a rectifier's gradient that the winners account for; see
  /// `Program.swapReluAndPoolGradients`.
  let rectifierGradient: Int?
  /// The parts of the batch that the pooling was computed in; see Note [Tiles].
  let tileCount: Int
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
      coversPooling(window)
    else { return false }
    let winners = try makeWinners(node, x, tileCount: 1)
    let geometry = poolGeometry(x, shape(value), window)
    emit(
      "max pool", reads: [source.buffer],
      writes: [try define(value, winners.layout.y), winners.buffer]
    ) { [geometry, isRectified = winners.rectifierGradient != nil] in
      var geometry = geometry
      ck_max_pool($0[0], $0[1], $0.bytes(2), &geometry, isRectified ? 1 : 0)
    }
    return true
  }

  func lowerBlockedMaximumGradient(
    _ node: Node, _ window: Window, _ winners: PoolWinners
  ) throws(EngineError) {
    if try lowerTiledGradients(node, window, winners) { return }
    let geometry = poolGeometry(shape(node.inputs[1]), shape(node.inputs[2]), window)
    let dy = incomingGradient(of: node, winners)
    let reads = [try buffer(dy, as: winners.layout.y), winners.buffer]
    let target = try define(Value(node: node.index), winners.layout.x)
    emit("max pool gradient", reads: reads, writes: [target]) {
      var geometry = geometry
      ck_max_pool_gradient($0[0], $0.bytes(1), $0[2], &geometry)
    }
  }

  /// Whether our loops pool such windows.
  func coversPooling(_ window: Window) -> Bool {
    window.dilation == [1, 1] && window.size.reduce(1, *) < 255
      && zip(window.strides, window.size).allSatisfy { $0 >= $1 }
  }

  /// Memory for the winners of a pooling of `x`, known to its gradient from now on.
  func makeWinners(_ pool: Node, _ x: Shape, tileCount: Int) throws(EngineError) -> PoolWinners {
    let value = Value(node: pool.index)
    let layout = try Layout.blockedImages(shape(value).dimensions)
    let rectifier = rectifierGradient(after: value)
    if let rectifier { consumed.insert(rectifier) }
    let winners = PoolWinners(
      buffer: makeBuffer(byteCount: layout.storedCount),
      layout: (try .blockedImages(x.dimensions), layout), rectifierGradient: rectifier,
      tileCount: tileCount)
    poolWinners[pool.index] = winners
    return winners
  }

  /// The gradient that arrives at a pooling, before the rectifier that the winners account for.
  func incomingGradient(of node: Node, _ winners: PoolWinners) -> Value {
    let dy = node.inputs[0]
    return dy.node == winners.rectifierGradient ? program.nodes[dy.node].inputs[0] : dy
  }

  /// The gradient of a rectifier whose only reader is this pooling's gradient. Another gradient of the
  /// same pooling would read the same winners, but not want them rectified: then there is none.
  private func rectifierGradient(after value: Value) -> Int? {
    let gradients = (program.consumers[value] ?? []).filter {
      guard case .poolGradient = program.nodes[$0].op else { return false }
      return program.nodes[$0].inputs[2] == value
    }
    guard gradients.count == 1 else { return nil }
    return (program.consumers[value] ?? []).first { index in
      let node = program.nodes[index]
      guard case .unaryGradient(.relu) = node.op, node.inputs[1] == value,
        let reader = program.soleConsumer(Value(node: index)),
        case .poolGradient(.maximum, _) = reader.op
      else { return false }
      return reader.inputs[0].node == index && reader.inputs[2] == value
    }
  }

  func poolGeometry(_ x: Shape, _ y: Shape, _ window: Window) -> ck_pool {
    ck_pool(
      planes: x[0] * ((x[1] + 15) / 16), height: x[2], width: x[3], out_height: y[2],
      out_width: y[3], window: (window.size[0], window.size[1]),
      stride: (window.strides[0], window.strides[1]),
      padding: (window.paddingBefore[0], window.paddingBefore[1]))
  }
}
