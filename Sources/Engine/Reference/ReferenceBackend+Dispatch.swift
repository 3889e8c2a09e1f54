import Graph

extension ReferenceBackend {
  /// A node with the values that it reads.
  struct Operands {
    let node: TensorGraph.Node
    let results: [Result]
    let leaves: Leaves

    /// Float32 operand `index`; the shape rule has checked the element type.
    subscript(index: Int) -> ReferenceTensor {
      guard case .real(let tensor) = results[index] else {
        preconditionFailure("\(node.op.name): operand \(index) is int32")
      }
      return tensor
    }

    /// Int32 operand `index`.
    func integers(_ index: Int) -> [Int32] {
      guard case .integer(let values) = results[index] else {
        preconditionFailure("\(node.op.name): operand \(index) is float32")
      }
      return values
    }

    /// An error of this node.
    func error(_ reason: String) -> ReferenceError {
      ReferenceError((node.scope.isEmpty ? "" : node.scope + ": ") + node.op.name, reason)
    }
  }

  func evaluate(_ x: Operands) throws(ReferenceError) -> [Result] {
    switch x.node.op {
    case .batchNorm(let epsilon):
      return Self.batchNorm(x[0], scale: x[1], offset: x[2], epsilon).map { .real($0) }
    case .batchNormGradient(let epsilon):
      return Self.batchNormGradient(
        dy: x[0], x[1], scale: x[2], mean: x[3], variance: x[4], epsilon
      ).map { .real($0) }
    case .groupNorm(let norm):
      return Self.groupNorm(x[0], scale: x[1], offset: x[2], norm).map { .real($0) }
    case .groupNormGradient(let norm):
      return Self.groupNormGradient(
        dy: x[0], x[1], scale: x[2], mean: x[3], inverse: x[4], norm
      ).map { .real($0) }
    case .recurrence(let recurrence):
      return Self.recurrence(
        x[0], x[1], state: x[2], second: recurrence.cell.gates == 1 ? nil : x[3],
        mask: recurrence.isMasked ? x[x.results.count - 1].values : [], recurrence
      ).map { .real($0) }
    case .recurrenceGradient(let recurrence):
      return Self.recurrenceGradient(RecurrenceOperands(x, recurrence), recurrence)
        .map { .real($0) }
    case .attention(let attention):
      return Self.attention(x, attention).map { .real($0) }
    case .reshape where x.node.outputs[0].element == .int32:
      return [x.results[0]]
    case .input(let name):
      return [try input(name, x)]
    default:
      return [.real(try evaluateOne(x))]
    }
  }

  /// Ops with one float32 result.
  private func evaluateOne(_ x: Operands) throws(ReferenceError) -> ReferenceTensor {
    let type = x.node.outputs[0]
    switch x.node.op {
    case .input, .batchNorm, .batchNormGradient, .groupNorm, .groupNormGradient, .recurrence,
      .recurrenceGradient, .attention:
      preconditionFailure("\(x.node.op.name) is evaluated elsewhere")
    case .parameter(let path):
      guard let values = x.leaves.parameters[path] else { throw x.error("has no value") }
      try expect(values.count, type, x)
      return ReferenceTensor(type.shape, values)
    case .constant(let value):
      return Self.constant(value, type.shape)

    case .matmul(let transposeA, let transposeB):
      return Self.matmul(x[0], transposeA, x[1], transposeB, result: type.shape)
    case .addBias(let axis):
      return Self.addBias(x[0], x[1], axis: axis)
    case .convolution(let window, let groups):
      return Self.convolution(x[0], filter: x[1], window, groups, result: type.shape)
    case .convolutionInputGradient(let window, let groups, let input):
      return Self.convolutionInputGradient(dy: x[0], filter: x[1], window, groups, input: input)
    case .convolutionFilterGradient(let window, let groups, let filter):
      return Self.convolutionFilterGradient(x[0], dy: x[1], window, groups, filter: filter)

    case .pool(let kind, let window):
      return Self.pool(x[0], kind, window, result: type.shape)
    case .poolGradient(let kind, let window):
      return Self.poolGradient(dy: x[0], x[1], kind, window)

    case .unary(let function):
      return Self.unary(function, x[0])
    case .unaryGradient(let function):
      return Self.unaryGradient(function, dy: x[0], saved: x[1])
    case .binary(let function):
      return Self.binary(function, x[0], x[1], result: type.shape)
    case .rankSum:
      return x[0]
    case .scale(let factor):
      return Self.scale(x[0], factor)
    case .dropout(let rate, let salt):
      return Self.dropout(x[0], keys: x.integers(1), rate: rate, salt: salt)

    case .reshape(let shape):
      return ReferenceTensor(shape, x[0].values)
    case .transpose(let permutation):
      return Self.transpose(x[0], permutation, result: type.shape)
    case .sum(let axes, _):
      return Self.sum(x[0], axes, result: type.shape)
    case .broadcast(let shape):
      return Self.broadcast(x[0], to: shape)

    case .concatenate(let axis, let count):
      return Self.concatenate((0..<count).map { x[$0] }, axis, result: type.shape)
    case .slice(let offsets, let shape):
      return Self.slice(x[0], offsets, shape)
    case .pad(let before, _):
      return Self.pad(x[0], before, result: type.shape)
    case .gather:
      return Self.gather(x[0], rows: x.integers(1), result: type.shape)
    case .scatterAdd:
      return Self.scatterAdd(x[0], rows: x.integers(1), result: type.shape)
    case .attentionGradient(let attention):
      return Self.attentionGradient(x, attention)
    case .classTargets(let targets):
      return Self.classTargets(x.integers(0), targets)

    case .softmax(let axis):
      return Self.softmax(x[0], axis)
    case .softmaxGradient(let axis):
      return Self.softmaxGradient(dy: x[0], y: x[1], axis)
    case .logSoftmax(let axis):
      return Self.logSoftmax(x[0], axis)
    case .logSoftmaxGradient(let axis):
      return Self.logSoftmaxGradient(dy: x[0], y: x[1], axis)
    case .batchNormInference(let epsilon):
      return Self.batchNormInference(
        x[0], scale: x[1], offset: x[2], mean: x[3], variance: x[4], epsilon)

    case .softmaxCrossEntropy:
      return Self.softmaxCrossEntropy(x[0], labels: try labels(x))
    case .softmaxCrossEntropyGradient:
      return Self.softmaxCrossEntropyGradient(x[0], labels: try labels(x), dLoss: x[2])
    case .correctPrediction:
      // A label that is no class, such as an ignored one, is never predicted.
      return Self.correctPrediction(x[0], labels: x.integers(1).map(Int.init))
    }
  }

  private func input(_ name: String, _ x: Operands) throws(ReferenceError) -> Result {
    let type = x.node.outputs[0]
    switch type.element {
    case .float32:
      guard let values = x.leaves.reals[name] else { throw x.error("has no float32 value") }
      try expect(values.count, type, x)
      return .real(ReferenceTensor(type.shape, values))
    case .int32:
      guard let values = x.leaves.integers[name] else { throw x.error("has no int32 value") }
      try expect(values.count, type, x)
      return .integer(values)
    }
  }

  private func expect(
    _ count: Int, _ type: TensorType, _ x: Operands
  ) throws(ReferenceError) {
    guard count == type.shape.count else {
      throw x.error("\(type) has \(type.shape.count) elements, got \(count)")
    }
  }

  /// The labels of operand 1, each within the classes of operand 0.
  private func labels(_ x: Operands) throws(ReferenceError) -> [Int] {
    let classes = x[0].shape[1]
    let labels = x.integers(1).map(Int.init)
    for (sample, label) in labels.enumerated() where !(0..<classes).contains(label) {
      throw x.error("label \(label) of sample \(sample) is not in 0..<\(classes)")
    }
    return labels
  }
}
