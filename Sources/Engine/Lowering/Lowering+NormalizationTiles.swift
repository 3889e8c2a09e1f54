import CKernels
import COneDNN
import Graph

/// A result that is still to be computed, some samples at a time.
struct PendingNormalization {
  let samples: Int
  /// Emits the step that computes so many samples from the given one on.
  let emit: (_ first: Int, _ count: Int) -> Void
}

extension Compiler {
  // Note [Normalisation in tiles]
  // Convolution, normalisation, convolution: where a batch of images is larger than a core's cache, each
  // would read from memory what the one before has just written. Samples are cut into tiles, and only the
  // statistics need all of them:
  //
  //     tile 0: convolution ─ sums ─┐              ┌─ tile 0: normalise ─ convolution ─ sums ─┐
  //     tile 1: convolution ─ sums ─┼─ mean, ... ──┼─ tile 1: normalise ─ convolution ─ sums ─┼─ ...
  //     ...                         ┘              └─ ...                                     ┘
  //
  // Sums run over the samples in the same order as without tiles: not a bit is different. What a
  // normalisation gives is left to the convolution behind it; whoever asks for it earlier gets all of it.

  /// Bytes of a tile at most: a quarter of the second-level cache of current server cores, which has to
  /// hold tiles of x, y and the residual. Less than four such tiles are not worth the trouble.
  private static var tileByteLimit: Int { 1 << 19 }

  /// The number of tiles of a value; nil if it is too small or does not divide.
  private func normalizationTiles(_ value: Value) -> Int? {
    let (y, bytes) = (shape(value), program.type(of: value).byteCount)
    guard y.rank == 4, bytes >= 4 * Self.tileByteLimit else { return nil }
    return (2...max(2, y[0])).first { y[0] % $0 == 0 && bytes / $0 <= Self.tileByteLimit }
  }

  /// The first to read `value`.
  private func firstReader(_ value: Value) -> Node? {
    program.consumers[value]?.min().map { program.nodes[$0] }
  }

  /// Emits a convolution tile by tile, each with the samples of its source that are still to be normalised,
  /// and with its sums for the normalisation behind; false if there is neither, or if the library wants a
  /// layout that cannot be cut.
  func lowerNormalizedTiles(
    _ node: Node, _ tail: Tail, _ make: (Shape, Shape) throws(EngineError) -> ConvolutionKernel
  ) throws(EngineError) -> Bool {
    let (x, filter, y) = (node.inputs[0], node.inputs[1], tail.end)
    let reader = firstReader(y)
    var norm: (index: Int, epsilon: Float)?
    if let reader, case .batchNorm(let epsilon) = reader.op, reader.inputs[0] == y {
      norm = (reader.index, epsilon)
    }
    guard norm != nil || pendingNormalizations[x] != nil, let count = normalizationTiles(y) else {
      return false
    }
    let (xTile, yTile) = (shape(x).tile(count), shape(y).tile(count))
    let kernel = try make(xTile, yTile)
    let layouts = (
      x: try kernel.required(.source), weights: try kernel.required(.weights),
      y: try kernel.required(.destination)
    )
    guard layouts.y == (try Layout.blockedImages(yTile.dimensions)),
      let wholeX = try layouts.x.batch(of: shape(x)), let wholeY = try layouts.y.batch(of: shape(y))
    else { return false }
    // Only what is in the right layout already may be computed bit by bit.
    let blocked = try Layout.blockedImages(shape(x).dimensions)
    let pending = wholeX == blocked ? pendingNormalizations.removeValue(forKey: x) : nil

    var reads: [(Operand, BufferID, Layout)] = [
      (.source, try buffer(x, as: wholeX), layouts.x),
      (.weights, try buffer(filter, as: layouts.weights), layouts.weights),
    ]
    if let bias = tail.bias { reads.append((.bias, try plain(bias), try .plain([yTile[1]]))) }
    let target = try define(y, wholeY)
    let sums = makeBuffer(byteCount: 2 * wholeY.channelCount * MemoryLayout<Double>.stride)
    let (samples, tileFloats) = (yTile[0], layouts.y.storedCount)
    for tile in 0..<count {
      pending?.emit(tile * samples, samples)
      try attributing(to: node, parts: count) { () throws(EngineError) in
        try emit(
          kernel, reads, [(.destination, target, layouts.y)],
          offsets: [.source: tile * layouts.x.byteCount, .destination: tile * layouts.y.byteCount])
      }
      guard let norm else { continue }
      try attributing(to: program.nodes[norm.index], parts: 0) { () throws(EngineError) in
        let geometry = Self.geometry(yTile, norm.epsilon)
        emit(
          "batch norm sums", reads: tile == 0 ? [target] : [target, sums], writes: [sums]
        ) { pointers in
          var geometry = geometry
          let state = pointers.bytes(tile == 0 ? 1 : 2)
          state.withMemoryRebound(to: Double.self, capacity: 32 * geometry.blocks) {
            ck_batch_norm_statistics(
              pointers[0] + tile * tileFloats, $0, tile * samples, &geometry)
          }
        }
      }
    }
    if let norm { tiledStatistics[norm.index] = sums }
    try finishResults(y)
    return true
  }

  /// The rest of a normalisation whose sums are known.
  func lowerTiledBatchNorm(
    _ node: Node, _ epsilon: Float, _ sums: BufferID, _ layout: Layout
  ) throws(EngineError) {
    let x = node.inputs[0]
    let tail = fuseTail(of: node, biasAxis: -1, allowsResidual: true) { $0 == .relu }
    let channels = try Layout.plain([shape(x)[1]])
    let lines = makeBuffer(byteCount: 2 * layout.channelCount * MemoryLayout<Float>.stride)
    let whole = Self.geometry(shape(x), epsilon)
    let statistics = [
      try define(Value(node: node.index, output: 1), channels),
      try define(Value(node: node.index, output: 2), channels), lines,
    ]
    let scales = [try plain(node.inputs[1]), try plain(node.inputs[2])]
    attributing(to: node, parts: 0) {
      emit("batch norm statistics", reads: [sums] + scales, writes: statistics) { pointers in
        var geometry = whole
        pointers.bytes(0).withMemoryRebound(to: Double.self, capacity: 32 * geometry.blocks) {
          ck_batch_norm_coefficients(
            $0, pointers[1], pointers[2], pointers[3], pointers[4], pointers[5], &geometry)
        }
      }
    }
    var reads = [try buffer(x, as: layout), lines]
    if let residual = tail.residual { reads.append(try buffer(residual, as: layout)) }
    let target = try define(tail.end, layout)
    let (adds, rectifies) = (tail.residual != nil, tail.activation != nil)
    let sampleFloats = layout.storedCount / max(1, whole.samples)
    let name = "batch norm" + (adds ? " + add" : "") + (rectifies ? " + relu" : "")
    let pending = PendingNormalization(samples: whole.samples) { [self, reads] first, count in
      attributing(to: node, parts: whole.samples / max(1, count)) {
        emit(name, reads: reads, writes: [target]) {
          var geometry = whole
          geometry.samples = count
          let start = first * sampleFloats
          ck_batch_norm_apply(
            $0[0] + start, $0[1], adds ? $0[2] + start : nil, $0[adds ? 3 : 2] + start, &geometry,
            rectifies ? 1 : 0)
        }
      }
    }
    if let reader = firstReader(tail.end), case .convolution = reader.op,
      reader.inputs[0] == tail.end, !program.pinned.contains(tail.end)
    {
      pendingNormalizations[tail.end] = pending
    } else {
      pending.emit(0, pending.samples)
    }
    try finishResults(tail.end)
  }

  /// Computes all of `value`, if it is still to be.
  func flushNormalization(_ value: Value) {
    guard let pending = pendingNormalizations.removeValue(forKey: value) else { return }
    pending.emit(0, pending.samples)
  }
}

extension Layout {
  /// Channels of a batch of blocked images, with those that only fill the last block.
  fileprivate var channelCount: Int { (dimensions[1] + 15) / 16 * 16 }
}
