import CKernels
import COneDNN
import Graph

extension Compiler {
  // Note [Tiles]
  // The first convolutions of an image network write more than a core's cache holds, and the pooling
  // behind them reads it all back: 3.7 MB for 32 x 32 x 30 x 30. Both work on samples apart, so a
  // batch is cut into tiles, and each tile is convolved and pooled before the next:
  //
  //     tile 0: convolution ─ pooling ─┐        one tile's memory, in cache,
  //     tile 1: convolution ─ pooling ─┤        used again and again
  //     ...                            └─ y
  //
  // and backward the pooling's gradient and the filter's gradient, whose tiles are added in order.
  // Measured on the CIFAR network: 6 % of the step and 55 % of the arena.

  /// Bytes of a convolution's result beyond which it is cut, and of a tile at most: half of the
  /// second-level cache of current server cores.
  private static var tileByteLimit: Int { 1 << 20 }

  /// A convolution and the maximum pooling behind it, to be computed tile by tile.
  struct TiledPooling {
    let pool: Node
    let window: Window
    let count: Int
  }

  /// The pooling behind a convolution whose result is `value`, if tiles are possible and pay.
  func tiledPooling(after value: Value) -> TiledPooling? {
    let y = shape(value)
    let bytes = program.type(of: value).byteCount
    guard y.rank == 4, bytes > Self.tileByteLimit, !program.pinned.contains(value),
      let count = (2...max(2, y[0])).first(where: {
        y[0] % $0 == 0 && bytes / $0 <= Self.tileByteLimit
      })
    else { return nil }
    var found: TiledPooling?
    for reader in program.consumers[value] ?? [] {
      let node = program.nodes[reader]
      switch node.op {
      case .pool(.maximum, let window) where found == nil && coversPooling(window):
        found = TiledPooling(pool: node, window: window, count: count)
      // Winners stand for the operand of the gradient.
      case .poolGradient(.maximum, _) where node.inputs[1] == value && node.inputs[0] != value:
        continue
      default: return nil
      }
    }
    return found
  }

  /// Emits a convolution and its pooling in tiles; false if the library wants a layout that cannot
  /// be cut.
  func lowerTiled(
    _ node: Node, _ tail: Tail, _ tiles: TiledPooling,
    _ make: (Shape, Shape) throws(EngineError) -> ConvolutionKernel
  ) throws(EngineError) -> Bool {
    let (x, filter) = (node.inputs[0], node.inputs[1])
    let (xShape, yShape) = (shape(x), shape(tail.end))
    let (xTile, yTile) = (xShape.tile(tiles.count), yShape.tile(tiles.count))
    let kernel = try make(xTile, yTile)
    let layouts = (
      x: try kernel.required(.source), weights: try kernel.required(.weights),
      y: try kernel.required(.destination)
    )
    guard layouts.y == (try Layout.blockedImages(yTile.dimensions)),
      let whole = try layouts.x.batch(of: xShape)
    else { return false }

    let pooled = Value(node: tiles.pool.index)
    let winners = try makeWinners(tiles.pool, yShape, tileCount: tiles.count)
    let geometry = poolGeometry(yTile, shape(pooled).tile(tiles.count), tiles.window)
    let isRectified = winners.rectifierGradient != nil
    let result = makeBuffer(layouts.y)
    let target = try define(pooled, winners.layout.y)
    var reads: [(Operand, BufferID, Layout)] = [
      (.source, try buffer(x, as: whole), layouts.x),
      (.weights, try buffer(filter, as: layouts.weights), layouts.weights),
    ]
    if let bias = tail.bias {
      reads.append((.bias, try plain(bias), try .plain([yShape[1]])))
    }
    let pooledTile = winners.layout.y.storedCount / tiles.count
    for tile in 0..<tiles.count {
      try attributing(to: node, parts: tiles.count) { () throws(EngineError) in
        try emit(
          kernel, reads, [(.destination, result, layouts.y)],
          offsets: [.source: tile * layouts.x.byteCount])
      }
      try attributing(to: tiles.pool, parts: tiles.count) { () throws(EngineError) in
        emit("max pool", reads: [result], writes: [target, winners.buffer]) { [geometry] in
          var geometry = geometry
          ck_max_pool(
            $0[0], $0[1] + tile * pooledTile, $0.bytes(2) + tile * pooledTile, &geometry,
            isRectified ? 1 : 0)
        }
      }
    }
    consumed.insert(tiles.pool.index)
    try finishResults(pooled)
    return true
  }

  /// Emits a pooling's gradient and the filter gradient that alone reads it, in tiles; false if
  /// somebody else reads it or the pooling was not tiled.
  func lowerTiledGradients(
    _ node: Node, _ poolWindow: Window, _ winners: PoolWinners
  ) throws(EngineError) -> Bool {
    let value = Value(node: node.index)
    let readers = (program.consumers[value] ?? []).filter { !consumed.contains($0) }
    guard winners.tileCount > 1, !program.pinned.contains(value), readers.count == 1,
      case .convolutionFilterGradient(let window, let groups, let filter) =
        program.nodes[readers[0]].op,
      program.nodes[readers[0]].inputs[1] == value, isBound(program.nodes[readers[0]].inputs[0])
    else { return false }
    let gradientNode = program.nodes[readers[0]]
    let x = gradientNode.inputs[0]
    let (xTile, dyTile) = (shape(x).tile(winners.tileCount), shape(value).tile(winners.tileCount))
    let biasNode = fusedBiasGradients[gradientNode.index]
    let kernel = try filterGradient(
      xTile, dyTile, filter, window, groups, hasBias: biasNode != nil)
    let layouts = (
      x: try kernel.required(.source), dy: try kernel.required(.destinationGradient),
      weights: try kernel.required(.weightsGradient), bias: try Layout.plain([filter[0]])
    )
    guard layouts.dy == (try Layout.blockedImages(dyTile.dimensions)),
      let whole = try layouts.x.batch(of: shape(x))
    else { return false }

    let geometry = poolGeometry(dyTile, shape(node.inputs[2]).tile(winners.tileCount), poolWindow)
    let pooledTile = winners.layout.y.storedCount / winners.tileCount
    let dy = try buffer(incomingGradient(of: node, winners), as: winners.layout.y)
    let source = try buffer(x, as: whole)
    let gradient = makeBuffer(layouts.dy)
    var sums = [(try define(Value(node: gradientNode.index), layouts.weights), layouts.weights)]
    if let biasNode {
      sums.append((try define(Value(node: biasNode.index), layouts.bias), layouts.bias))
    }
    let operands: [Operand] = [.weightsGradient, .biasGradient]
    for tile in 0..<winners.tileCount {
      try attributing(to: node, parts: winners.tileCount) { () throws(EngineError) in
        emit("max pool gradient", reads: [dy, winners.buffer], writes: [gradient]) { [geometry] in
          var geometry = geometry
          ck_max_pool_gradient(
            $0[0] + tile * pooledTile, $0.bytes(1) + tile * pooledTile, $0[2], &geometry)
        }
      }
      try attributing(to: gradientNode, parts: winners.tileCount) { () throws(EngineError) in
        let parts = tile == 0 ? sums : sums.map { (makeBuffer($0.1), $0.1) }
        try emit(
          kernel,
          [(.source, source, layouts.x), (.destinationGradient, gradient, layouts.dy)],
          zip(operands, parts).map { ($0, $1.0, $1.1) },
          offsets: [.source: tile * layouts.x.byteCount])
        guard tile > 0 else { return }
        try attributing(to: gradientNode, parts: 0) { () throws(EngineError) in
          for (sum, part) in zip(sums, parts) {
            let count = sum.1.storedCount
            emit("add", reads: [sum.0, part.0], writes: [sum.0]) {
              ck_binary($0[0], $0[1], $0[2], count, CK_ADD)
            }
          }
        }
      }
    }
    consumed.insert(gradientNode.index)
    try finishResults(Value(node: gradientNode.index))
    if let biasNode { try finishResults(Value(node: biasNode.index)) }
    return true
  }
}

extension Shape {
  /// The shape of one of `count` equal parts of the batch.
  func tile(_ count: Int) -> Shape {
    Shape([self[0] / count] + dimensions.dropFirst())
  }
}

extension Layout {
  /// The layout of the whole batch whose tiles, one after the other, have this layout; nil if it is
  /// neither row-major nor blocked by 16 channels.
  func batch(of whole: Shape) throws(EngineError) -> Layout? {
    if isPlain { return try .plain(whole) }
    guard whole.rank == 4, self == (try .blockedImages(dimensions)) else { return nil }
    return try .blockedImages(whole.dimensions)
  }
}
