extension Op {
  /// The number of operands.
  public var arity: Int {
    switch self {
    case .input, .parameter, .constant: 0
    case .pool, .unary, .scale, .reshape, .transpose, .sum, .broadcast, .softmax, .logSoftmax,
      .slice, .pad, .classTargets, .rankSum:
      1
    case .matmul, .convolution, .convolutionInputGradient, .convolutionFilterGradient, .addBias,
      .unaryGradient, .binary, .dropout, .softmaxGradient, .logSoftmaxGradient,
      .softmaxCrossEntropy, .correctPrediction, .gather, .scatterAdd:
      2
    case .poolGradient, .batchNorm, .softmaxCrossEntropyGradient, .groupNorm: 3
    case .batchNormInference, .batchNormGradient, .groupNormGradient: 5
    case .concatenate(_, let count): count
    case .recurrence(let recurrence): recurrence.arity
    case .recurrenceGradient(let recurrence): recurrence.gradientArity
    case .attention(let attention): 1 + attention.furtherOperands
    case .attentionGradient(let attention): 4 + attention.furtherOperands
    }
  }

  /// The name used in errors, pictures and profiles.
  public var name: String {
    switch self {
    case .input(let name): "input \(name)"
    case .parameter(let path): "parameter \(path)"
    case .constant(let value): "constant \(value)"
    case .matmul: "matmul"
    case .convolution: "convolution"
    case .convolutionInputGradient: "convolution input gradient"
    case .convolutionFilterGradient: "convolution filter gradient"
    case .addBias: "add bias"
    case .pool(let kind, _): "\(kind.rawValue) pool"
    case .poolGradient(let kind, _): "\(kind.rawValue) pool gradient"
    case .unary(let function): function.name
    case .unaryGradient(let function): "\(function.name) gradient"
    case .binary(let function): function.rawValue
    case .scale: "scale"
    case .dropout: "dropout"
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .sum: "sum"
    case .broadcast: "broadcast"
    case .concatenate: "concatenate"
    case .slice: "slice"
    case .pad: "pad"
    case .gather: "gather"
    case .scatterAdd: "scatter add"
    case .groupNorm: "group norm"
    case .groupNormGradient: "group norm gradient"
    case .attention: "attention"
    case .attentionGradient: "attention gradient"
    case .classTargets: "class targets"
    case .rankSum: "sum over ranks"
    case .recurrence(let recurrence): recurrence.cell.name
    case .recurrenceGradient(let recurrence): "\(recurrence.cell.name) gradient"
    case .softmax: "softmax"
    case .softmaxGradient: "softmax gradient"
    case .logSoftmax: "log softmax"
    case .logSoftmaxGradient: "log softmax gradient"
    case .batchNorm: "batch norm"
    case .batchNormInference: "batch norm (inference)"
    case .batchNormGradient: "batch norm gradient"
    case .softmaxCrossEntropy: "softmax cross-entropy"
    case .softmaxCrossEntropyGradient: "softmax cross-entropy gradient"
    case .correctPrediction: "correct prediction"
    }
  }
}
