/// What a node needs of a machine, for profiles and predictions.
public struct Cost: Hashable, Sendable {
  /// Floating-point operations; a multiply-add counts two.
  public var flops: Int
  /// Bytes of operands read and results written, each once.
  public var bytes: Int

  /// A cost; nothing by default.
  public init(flops: Int = 0, bytes: Int = 0) {
    self.flops = flops
    self.bytes = bytes
  }
}

extension Op {
  /// The cost for the given operand and result types. Elementwise functions count one operation an
  /// element, whatever they compute.
  public func cost(inputs: [TensorType], outputs: [TensorType]) -> Cost {
    let bytes = (inputs + outputs).reduce(0) { $0 + $1.byteCount }
    let result = outputs.first?.shape.count ?? 0
    switch self {
    case .input, .parameter, .constant, .reshape:
      return Cost(flops: 0, bytes: 0)
    case .matmul(let transposeA, _):
      let a = inputs[0].shape
      return Cost(flops: 2 * result * (transposeA ? a[a.rank - 2] : a[a.rank - 1]), bytes: bytes)
    case .convolution:
      let filter = inputs[1].shape
      return Cost(flops: 2 * result * filter.count / max(1, filter[0]), bytes: bytes)
    case .convolutionInputGradient:
      let filter = inputs[1].shape
      return Cost(
        flops: 2 * inputs[0].shape.count * filter.count / max(1, filter[0]), bytes: bytes)
    case .convolutionFilterGradient(_, _, let filter):
      return Cost(
        flops: 2 * inputs[1].shape.count * filter.count / max(1, filter[0]), bytes: bytes)
    case .pool(_, let window):
      return Cost(flops: result * window.size.reduce(1, *), bytes: bytes)
    case .poolGradient(_, let window):
      return Cost(flops: inputs[0].shape.count * window.size.reduce(1, *), bytes: bytes)
    case .addBias, .unary, .unaryGradient, .binary, .scale, .rankSum, .dropout, .batchNormInference:
      return Cost(flops: result, bytes: bytes)
    case .sum: return Cost(flops: inputs[0].shape.count, bytes: bytes)
    case .transpose, .broadcast, .concatenate, .slice, .pad, .gather, .classTargets:
      return Cost(flops: 0, bytes: bytes)
    case .scatterAdd: return Cost(flops: inputs[0].shape.count, bytes: bytes)
    case .softmax, .logSoftmax, .softmaxGradient, .logSoftmaxGradient:
      return Cost(flops: 4 * result, bytes: bytes)
    case .recurrence:
      return Cost(
        flops: 2 * result / max(1, inputs[1].shape[1]) * inputs[1].shape.count, bytes: bytes)
    case .recurrenceGradient:
      return Cost(flops: 4 * result * inputs[1].shape[1], bytes: bytes)
    case .batchNorm, .groupNorm: return Cost(flops: 7 * result, bytes: bytes)
    case .batchNormGradient, .groupNormGradient: return Cost(flops: 11 * result, bytes: bytes)
    case .softmaxCrossEntropy, .softmaxCrossEntropyGradient:
      return Cost(flops: 4 * inputs[0].shape.count, bytes: bytes)
    case .attention(let attention):
      return Cost(flops: 2 * attention.pairProducts(inputs[0].shape), bytes: bytes)
    case .attentionGradient(let attention):
      // The scores once more, then the gradients of weights, q, k and v.
      return Cost(flops: 5 * attention.pairProducts(inputs[3].shape), bytes: bytes)
    case .correctPrediction: return Cost(flops: inputs[0].shape.count, bytes: bytes)
    }
  }
}

extension Attention {
  /// Operations of one product over all pairs of steps that see each other.
  fileprivate func pairProducts(_ projection: Shape) -> Int {
    let (samples, steps, width) = (projection[0], projection[1], projection[2] / 3)
    return 2 * samples * width * (isCausal ? steps * (steps + 1) / 2 : steps * steps)
  }
}

extension TensorGraph {
  /// The cost of node `index`.
  public func cost(of index: Int) -> Cost {
    let node = nodes[index]
    return node.op.cost(inputs: node.inputs.map { type(of: $0) }, outputs: node.outputs)
  }
}
