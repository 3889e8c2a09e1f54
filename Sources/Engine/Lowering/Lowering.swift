import Graph

extension Compiler {
  /// Emits the steps of one node.
  func lower(_ node: Node) throws(EngineError) {
    let value = Value(node: node.index)
    let inputs = node.inputs
    switch node.op {
    case .input(let name): try bindInput(name, node)
    case .constant(let constant): try bindConstant(constant, node)
    case .parameter: break
    case .matmul(let transposeA, let transposeB): try lowerMatmul(node, transposeA, transposeB)
    case .convolution(let window, let groups): try lowerConvolution(node, window, groups)
    case .convolutionInputGradient(let window, let groups, _):
      try lowerConvolutionInputGradient(node, window, groups)
    case .convolutionFilterGradient(let window, let groups, _):
      try lowerConvolutionFilterGradient(node, window, groups)
    case .addBias(let axis): try lowerAddBias(node, axis)
    case .pool(let kind, let window): try lowerPool(node, kind, window)
    case .poolGradient(let kind, let window): try lowerPoolGradient(node, kind, window)
    case .unary(let function): try lowerUnary(value, function, of: inputs[0])
    case .unaryGradient(let function): try lowerUnaryGradient(node, function)
    case .binary(let function): try lowerBinary(node, function)
    case .scale(let factor): try lowerScale(node, factor)
    case .dropout(let rate, let salt): try lowerDropout(node, rate, salt)
    case .rankSum: try lowerRankSum(node)
    case .reshape: try reshape(inputs[0], to: value)
    case .transpose(let permutation):
      let source = try form(of: inputs[0])
      alias(
        value, to: Bound(buffer: source.buffer, layout: try source.layout.permuted(permutation)))
    case .sum(let axes, _): try lowerSum(node, axes)
    case .broadcast: try lowerBroadcast(node)
    case .concatenate(let axis, _): try lowerConcatenate(node, axis)
    case .slice(let offsets, let shape): try lowerSlice(node, offsets, shape)
    case .pad(let before, _): try lowerPad(node, before)
    case .gather: try lowerGather(node)
    case .scatterAdd: try lowerScatterAdd(node)
    case .groupNorm(let norm): try lowerGroupNorm(node, norm)
    case .groupNormGradient(let norm): try lowerGroupNormGradient(node, norm)
    case .recurrence(let recurrence): try lowerRecurrence(node, recurrence)
    case .recurrenceGradient(let recurrence): try lowerRecurrenceGradient(node, recurrence)
    case .attention(let attention): try lowerAttention(node, attention)
    case .attentionGradient(let attention): try lowerAttentionGradient(node, attention)
    case .classTargets(let targets): try lowerClassTargets(node, targets)
    case .softmax(let axis): try lowerSoftmax(node, axis, logarithm: false)
    case .logSoftmax(let axis): try lowerSoftmax(node, axis, logarithm: true)
    case .softmaxGradient(let axis): try lowerSoftmaxGradient(node, axis, logarithm: false)
    case .logSoftmaxGradient(let axis): try lowerSoftmaxGradient(node, axis, logarithm: true)
    case .batchNorm(let epsilon): try lowerBatchNorm(node, epsilon)
    case .batchNormInference(let epsilon): try lowerBatchNormInference(node, epsilon)
    case .batchNormGradient(let epsilon): try lowerBatchNormGradient(node, epsilon)
    case .softmaxCrossEntropy: try lowerSoftmaxCrossEntropy(node)
    case .softmaxCrossEntropyGradient: try lowerSoftmaxCrossEntropyGradient(node)
    case .correctPrediction: try lowerCorrectPrediction(node)
    }
  }

  func shape(_ value: Value) -> Shape { program.type(of: value).shape }

  // MARK: - Fusion

  /// What follows a product and can be computed while its result is still in registers or cache.
  struct Tail {
    var bias: Value?
    var residual: Value?
    var activation: Unary?
    /// The value that the fused step computes.
    var end: Value
  }

  /// Follows a product through bias, residual add and activation, as far as each intermediate value
  /// has one reader, and marks the nodes as computed.
  func fuseTail(
    of node: Node, biasAxis: Int, allowsResidual: Bool, _ allows: (Unary) -> Bool
  ) -> Tail {
    var tail = Tail(end: Value(node: node.index))
    if let next = program.soleConsumer(tail.end), case .addBias(let axis) = next.op,
      axis == biasAxis, next.inputs[0] == tail.end, isBound(next.inputs[1])
    {
      tail.bias = next.inputs[1]
      advance(&tail, to: next)
    }
    if allowsResidual, let next = program.soleConsumer(tail.end), case .binary(.add) = next.op {
      let other = next.inputs[0] == tail.end ? next.inputs[1] : next.inputs[0]
      if shape(other) == shape(tail.end), isBound(other), fixedLayout(other) == nil {
        tail.residual = other
        advance(&tail, to: next)
      }
    }
    if let next = program.soleConsumer(tail.end), case .unary(let function) = next.op,
      allows(function)
    {
      tail.activation = function
      advance(&tail, to: next)
    }
    return tail
  }

  private func advance(_ tail: inout Tail, to node: Node) {
    consumed.insert(node.index)
    tail.end = Value(node: node.index)
  }

  /// Finds the bias gradients that a convolution's filter gradient computes on the way: sums of the
  /// same dy over all axes but the channels.
  func planBiasGradients() {
    for node in program.nodes where program.isLive[node.index] {
      guard case .convolutionFilterGradient = node.op else { continue }
      let dy = node.inputs[1]
      for reader in program.consumers[dy] ?? [] {
        guard case .sum(let axes, false) = program.nodes[reader].op,
          axes == (0..<shape(dy).rank).filter({ $0 != 1 }), !consumed.contains(reader)
        else { continue }
        // Whatever reads the sum must come after the filter gradient.
        let readers = program.consumers[Value(node: reader)] ?? []
        guard readers.allSatisfy({ $0 > node.index }) else { continue }
        fusedBiasGradients[node.index] = program.nodes[reader]
        consumed.insert(reader)
        break
      }
    }
  }
}
