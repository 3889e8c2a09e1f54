import CKernels
import Graph

extension Compiler {
  // Note [Thin products]
  //
  // The dense layers of a small batch wait for their weights: 10 samples do 20 operations with each
  // element of 3136 x 512 weights, which fit no cache of a core. A step passes them through memory eight
  // times, one after the other:
  //
  //     x Wᵀ   read W         dy W   read W         dyᵀ x   write G (which reads it first)
  //                                                 update  read G, read W, write W
  //
  // Our own loops for few samples take each row of W once for all samples. A tile of W is read into the
  // cache, and dy W takes its part from it while the tile's gradient is computed. Where the step is plain
  // descent and nobody else wants the gradient, it never gets to memory: it is taken away from the tile,
  // which leaves three passes, with the same bits:
  //
  //     x Wᵀ   read W         dy W, W -= rate dyᵀ x   read W, write W
  //
  // Microseconds on one core of an AVX-512 Xeon, 10 samples:
  //
  //                       x Wᵀ           dy W, dyᵀ x and update
  //     784 -> 200        80 -> 21        59 -> 49
  //     3136 -> 512      725 -> 460     1304 -> 526
  //
  // Since then many columns go through the cache in blocks (thin.c): on a Zen 5 x Wᵀ of 3136 -> 512 took
  // 190, now 155, of which 120 are arithmetic.
  //
  // With more samples arithmetic is what counts, at which oneDNN's code is faster; our loops are ahead as
  // long as weights do not fit the cache. Milliseconds of a step of 784 -> 2048 -> 2048 -> 10:
  //
  //     samples                        32       64      128
  //     by oneDNN                    15.1     23.5     37.3
  //     ours, without a gradient     10.0     19.0     38.0

  /// Whether our own loops compute products of `x` with weights of `units` rows: by their form alone.
  private func isThin(_ x: Shape, units: Int) -> Bool {
    guard x.rank == 2 else { return false }
    // From half a MiB on, weights do not stay in the cache.
    let isLarge = x[1] * units >= 1 << 17
    return (1...(isLarge ? Int(CK_THIN_SAMPLES) : 16)).contains(x[0])
  }

  /// Whether our own loops compute x Wᵀ.
  func isThinProduct(_ node: Node) -> Bool {
    let x = shape(node.inputs[0])
    return isThin(x, units: shape(node.inputs[1])[0]) && x[1] >= Int(CK_THIN_COLUMNS)
  }

  /// x Wᵀ of few samples, with bias and rectifier.
  func lowerThinProduct(_ node: Node) throws(EngineError) {
    let (x, weights) = (node.inputs[0], node.inputs[1])
    let (samples, columns) = (shape(x)[0], shape(x)[1])
    let units = shape(weights)[0]
    let tail = fuseTail(of: node, biasAxis: 1, allowsResidual: false) { $0.isRectifier }
    var reads = [try plain(x), try plain(weights)]
    if let bias = tail.bias { reads.append(try plain(bias)) }
    let target = try define(tail.end, .plain([samples, units]))
    let (hasBias, slope) = (tail.bias != nil, tail.activation?.rectifierSlope)
    let last = reads.count
    emit("thin product", reads: reads, writes: [target]) { pointers in
      let y = pointers[last]
      ck_thin_product(y, pointers[0], pointers[1], samples, units, columns)
      if hasBias { ck_add_bias(y, pointers[2], samples, units) }
      if let slope { ck_rectify(y, y, samples * units, slope) }
    }
    try finishResults(tail.end)
  }

  /// dyᵀ x, the gradient of weights by few samples, and dy W with it; or the step along it in its place,
  /// if the plan may. `node` is dyᵀ x; returns false if it is none of these.
  func lowerThinGradient(_ node: Node) throws(EngineError) -> Bool {
    let gradient = Value(node: node.index)
    let (dy, x) = (node.inputs[0], node.inputs[1])
    guard isThin(shape(x), units: shape(gradient)[0]),
      let slot = resultSlots[gradient]?.first, slot < parameters.count
    else { return false }
    let weights = parameters[slot].value
    let place = try plain(weights)
    let later = (program.consumers[weights] ?? []).filter { $0 > node.index }
    let passing = later.map { program.nodes[$0] }.first { isProduct($0, dy, weights) }
    // Nobody may want the gradient itself, or read the weights after they have changed.
    let steps =
      descends && resultSlots[gradient]?.count == 1 && program.consumers[gradient] == nil
      && later.count == (passing == nil ? 0 : 1) && !program.pinned.contains(weights)
      && buffers[place].home == .parameter(slot)

    let (samples, units, columns) = (shape(x)[0], shape(dy)[1], shape(x)[1])
    var reads = [try plain(dy), try plain(x), place]
    if steps { reads.append(try descentBuffer()) }
    let first = reads.count
    var writes = [steps ? place : try define(gradient, .plain([units, columns]))]
    let passesOn = passing != nil
    if let passing {
      consumed.insert(passing.index)
      writes.append(try define(Value(node: passing.index), .plain([samples, columns])))
    }
    emit(steps ? "thin descent" : "thin gradients", reads: reads, writes: writes) { pointers in
      let dx = passesOn ? pointers[first + 1] : nil
      if steps {
        ck_thin_descent(
          pointers[2], dx, pointers[1], pointers[0], samples, units, columns, pointers[3][0],
          pointers[3][1])
      } else {
        ck_thin_gradients(
          pointers[first], dx, pointers[2], pointers[1], pointers[0], samples, units, columns)
      }
    }
    if steps {
      resultSteps[slot] = self.steps.count - 1
      descended.append(slot)
    }
    if let passing { try finishResults(Value(node: passing.index)) }
    return true
  }

  /// Whether `node` is a b, of matrices as they are.
  private func isProduct(_ node: Node, _ a: Value, _ b: Value) -> Bool {
    guard case .matmul(false, false) = node.op else { return false }
    return node.inputs == [a, b] && !consumed.contains(node.index)
  }

  /// Rate and weight decay of the plan's own steps.
  private func descentBuffer() throws(EngineError) -> BufferID {
    if let known = inputs[Plan.descentInput] { return known.buffer }
    let type = TensorType([2])
    let buffer = makeBuffer(try .plain(type.shape), home: .persistent)
    inputs[Plan.descentInput] = (buffer, type)
    return buffer
  }
}
