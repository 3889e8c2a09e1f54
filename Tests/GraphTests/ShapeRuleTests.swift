import Graph
import Testing

/// An op with the types it gets and the types it gives.
struct Rule: Sendable, CustomTestStringConvertible {
  let op: Op
  let operands: [TensorType]
  let results: [TensorType]

  /// Float32 operands and results.
  init(_ op: Op, _ operands: [Shape], _ results: [Shape]) {
    self.init(op, types: operands.map { TensorType($0) }, results)
  }

  init(_ op: Op, types: [TensorType], _ results: [Shape]) {
    self.op = op
    self.operands = types
    self.results = results.map { TensorType($0) }
  }

  var testDescription: String { "\(op.name) of \(operands)" }
}

/// Which operands an op accepts, and what it then gives.
@Suite struct ShapeRuleTests {
  private static func labels(_ count: Int) -> TensorType { TensorType([count], .int32) }

  static let products: [Rule] = [
    Rule(.matmul(transposeA: false, transposeB: false), [[2, 3], [3, 4]], [[2, 4]]),
    Rule(.matmul(transposeA: true, transposeB: false), [[3, 2], [3, 4]], [[2, 4]]),
    Rule(.matmul(transposeA: false, transposeB: true), [[2, 3], [4, 3]], [[2, 4]]),
    Rule(.matmul(transposeA: true, transposeB: true), [[3, 2], [4, 3]], [[2, 4]]),
    Rule(
      .matmul(transposeA: false, transposeB: true), [[5, 6, 2, 3], [5, 6, 4, 3]], [[5, 6, 2, 4]]),
    Rule(.addBias(axis: 1), [[2, 3, 4], [3]], [[2, 3, 4]]),
    Rule(.addBias(axis: 0), [[2], [2]], [[2]]),
  ]

  static let windows: [Rule] = [
    Rule(
      .convolution(Window(size: [3, 3]), groups: 1), [[2, 3, 8, 7], [4, 3, 3, 3]], [[2, 4, 6, 5]]),
    Rule(.convolution(Window(size: [3]), groups: 2), [[2, 4, 9], [6, 2, 3]], [[2, 6, 7]]),
    Rule(
      .convolution(Window(size: [2, 2], strides: [2, 3], dilation: [2, 1]), groups: 3),
      [[1, 3, 9, 9], [3, 1, 2, 2]], [[1, 3, 4, 3]]),
    Rule(
      .convolution(Window(size: [3], paddingBefore: [2], paddingAfter: [1]), groups: 1),
      [[1, 1, 4], [1, 1, 3]], [[1, 1, 5]]),
    Rule(
      .convolutionInputGradient(Window(size: [3]), groups: 1, input: [2, 3, 9]),
      [[2, 5, 7], [5, 3, 3]], [[2, 3, 9]]),
    Rule(
      .convolutionFilterGradient(Window(size: [3]), groups: 1, filter: [5, 3, 3]),
      [[2, 3, 9], [2, 5, 7]], [[5, 3, 3]]),
    Rule(
      .pool(.maximum, Window(size: [2, 2], strides: [2, 2])), [[2, 3, 5, 4]], [[2, 3, 2, 2]]),
    Rule(.pool(.average, Window(size: [5, 4])), [[2, 3, 5, 4]], [[2, 3, 1, 1]]),
    Rule(
      .poolGradient(.maximum, Window(size: [2], strides: [2])),
      [[2, 3, 4], [2, 3, 9], [2, 3, 4]], [[2, 3, 9]]),
  ]

  static let elementwise: [Rule] = [
    Rule(.unary(.relu), [[2, 3]], [[2, 3]]), Rule(.unary(.gelu), [[]], [[]]),
    Rule(.unaryGradient(.tanh), [[2, 3], [2, 3]], [[2, 3]]),
    Rule(.binary(.add), [[2, 1], [3]], [[2, 3]]), Rule(.binary(.divide), [[], []], [[]]),
    Rule(.scale(2), [[4]], [[4]]),
    Rule(
      .dropout(rate: 0.5, salt: 1), types: [TensorType([4, 3]), TensorType([4, 2], .int32)],
      [[4, 3]]),
  ]

  static let reductions: [Rule] = [
    Rule(.reshape([3, 2]), [[2, 3]], [[3, 2]]), Rule(.reshape([]), [[1, 1]], [[]]),
    Rule(.transpose([2, 0, 1]), [[2, 3, 4]], [[4, 2, 3]]),
    Rule(.sum(axes: [0, 2], keepAxes: false), [[2, 3, 4]], [[3]]),
    Rule(.sum(axes: [0, 2], keepAxes: true), [[2, 3, 4]], [[1, 3, 1]]),
    Rule(.sum(axes: [0], keepAxes: false), [[2]], [[]]),
    Rule(.broadcast([2, 3]), [[3]], [[2, 3]]), Rule(.broadcast([2, 3]), [[]], [[2, 3]]),
  ]

  static let normalisations: [Rule] = [
    Rule(.softmax(axis: 1), [[2, 3]], [[2, 3]]), Rule(.logSoftmax(axis: 0), [[2, 3]], [[2, 3]]),
    Rule(.softmaxGradient(axis: 1), [[2, 3], [2, 3]], [[2, 3]]),
    Rule(.logSoftmaxGradient(axis: 1), [[2, 3], [2, 3]], [[2, 3]]),
    Rule(.batchNorm(epsilon: 1), [[2, 3, 4], [3], [3]], [[2, 3, 4], [3], [3]]),
    Rule(.batchNormInference(epsilon: 1), [[2, 3], [3], [3], [3], [3]], [[2, 3]]),
    Rule(
      .batchNormGradient(epsilon: 1), [[2, 3], [2, 3], [3], [3], [3]], [[2, 3], [3], [3]]),
    Rule(.softmaxCrossEntropy, types: [TensorType([4, 3]), labels(4)], [[4]]),
    Rule(
      .softmaxCrossEntropyGradient, types: [TensorType([4, 3]), labels(4), TensorType([4])],
      [[4, 3]]),
    Rule(.correctPrediction, types: [TensorType([4, 3]), labels(4)], [[4]]),
  ]

  static let parts: [Rule] = [
    Rule(.concatenate(axis: 1, count: 2), [[2, 3, 4], [2, 1, 4]], [[2, 4, 4]]),
    Rule(.slice(offsets: [0, 1], [2, 2]), [[2, 3]], [[2, 2]]),
    Rule(.pad(before: [1, 0], after: [0, 2]), [[2, 3]], [[3, 5]]),
    Rule(.gather, types: [TensorType([5, 2, 3]), labels(4)], [[4, 2, 3]]),
    Rule(.scatterAdd(rows: 5), types: [TensorType([4, 2]), labels(4)], [[5, 2]]),
    Rule(
      .groupNorm(GroupNormalization(groups: 2, epsilon: 1)), [[3, 4, 5], [4], [4]],
      [[3, 4, 5], [3, 2], [3, 2]]),
    Rule(
      .groupNormGradient(GroupNormalization(groups: 2, epsilon: 1)),
      [[3, 4, 5], [3, 4, 5], [4], [3, 2], [3, 2]], [[3, 4, 5], [4], [4]]),
    Rule(.classTargets(ClassTargets(classes: 7)), types: [labels(4)], [[4, 7]]),
    Rule(.attention(Attention(heads: 2)), [[3, 5, 12]], [[3, 5, 4], [3, 2, 5]]),
    Rule(
      .attention(Attention(heads: 1, hasMask: true, dropoutRate: 0.5)),
      types: [TensorType([3, 5, 12]), TensorType([3, 5]), TensorType([3, 2], .int32)],
      [[3, 5, 4], [3, 1, 5]]),
    Rule(
      .attentionGradient(Attention(heads: 2, hasMask: true)),
      [[3, 5, 4], [3, 5, 4], [3, 2, 5], [3, 5, 12], [3, 5]], [[3, 5, 12]]),
  ]

  static let recurrences: [Rule] = [
    Rule(.recurrence(Recurrence(.tanh)), [[5, 2, 3], [3, 3], [2, 3]], [[5, 2, 3]]),
    Rule(
      .recurrence(Recurrence(.relu, isMasked: true)), [[5, 2, 3], [3, 3], [2, 3], [5, 2]],
      [[5, 2, 3]]),
    Rule(
      .recurrence(Recurrence(.lstm)), [[5, 2, 12], [12, 3], [2, 3], [2, 3]],
      [[5, 2, 3], [5, 2, 12], [5, 2, 3]]),
    Rule(
      .recurrence(Recurrence(.gru, isReversed: true)), [[5, 2, 9], [9, 3], [2, 3], [9]],
      [[5, 2, 3], [5, 2, 9], [5, 2, 3]]),
    Rule(
      .recurrenceGradient(Recurrence(.tanh)), [[5, 2, 3], [3, 3], [2, 3], [5, 2, 3]],
      [[5, 2, 3], [3, 3], [2, 3]]),
    Rule(
      .recurrenceGradient(Recurrence(.lstm, isMasked: true)),
      [[5, 2, 3], [12, 3], [2, 3], [2, 3], [5, 2, 3], [5, 2, 12], [5, 2, 3], [5, 2]],
      [[5, 2, 12], [12, 3], [2, 3], [2, 3]]),
    Rule(
      .recurrenceGradient(Recurrence(.gru)),
      [[5, 2, 3], [9, 3], [2, 3], [5, 2, 3], [5, 2, 9], [5, 2, 3]],
      [[5, 2, 9], [9, 3], [2, 3], [9]]),
  ]

  private static let all =
    products + windows + elementwise + reductions + normalisations + parts + recurrences

  @Test func reshapeKeepsTheElementType() throws {
    #expect(
      try Op.reshape([6]).shapeRule([TensorType([2, 3], .int32)]) == [TensorType([6], .int32)])
  }

  @Test(arguments: all)
  func accepted(_ rule: Rule) throws {
    #expect(try rule.op.shapeRule(rule.operands) == rule.results)
  }

  @Test(arguments: all)
  func arityIsTheNumberOfOperands(_ rule: Rule) {
    #expect(rule.op.arity == rule.operands.count)
    #expect(throws: GraphError.self) {
      try rule.op.shapeRule(rule.operands + [TensorType([1])])
    }
  }

  @Test(arguments: all)
  func wrongElementTypeIsRefused(_ rule: Rule) {
    // Reshape alone takes any element type.
    if case .reshape = rule.op { return }
    for index in rule.operands.indices {
      var operands = rule.operands
      let other: ElementType = operands[index].element == .int32 ? .float32 : .int32
      operands[index] = TensorType(operands[index].shape, other)
      let error = #expect(throws: GraphError.self) { try rule.op.shapeRule(operands) }
      #expect(
        error?.reason
          == "operand \(index) must be \(rule.operands[index].element.rawValue), is \(other.rawValue)"
      )
    }
  }
}
