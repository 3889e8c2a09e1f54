import Graph
import Testing

/// Operands that do not fit, and what the message must name.
struct Refusal: Sendable, CustomTestStringConvertible {
  let op: Op
  let operands: [TensorType]
  let named: [String]

  init(_ op: Op, _ operands: [Shape], _ named: String...) {
    self.init(op, types: operands.map { TensorType($0) }, named)
  }

  init(_ op: Op, types: [TensorType], _ named: [String]) {
    self.op = op
    self.operands = types
    self.named = named
  }

  var testDescription: String { "\(op.name) of \(operands)" }
}

@Suite struct ShapeRefusalTests {
  private static let product = Op.matmul(transposeA: false, transposeB: false)
  private static let window = Window(size: [3, 3])
  private static func keyed(_ shape: Shape, keys: Shape) -> [TensorType] {
    [TensorType(shape), TensorType(keys, .int32)]
  }

  static let products: [Refusal] = [
    Refusal(product, [[2, 3], [4, 5]], "2x3", "4x5", "3", "4"),
    Refusal(
      .matmul(transposeA: true, transposeB: false), [[2, 3], [3, 4]], "2x3 transposed", "3x4"),
    Refusal(product, [[3], [3, 4]], "3", "3x4"),
    Refusal(product, [[2, 3], [5, 3, 4]], "2x3", "5x3x4"),
    Refusal(product, [[6, 2, 3], [5, 3, 4]], "6x2x3", "5x3x4"),
    Refusal(.addBias(axis: 1), [[2, 3], [2]], "2x3", "2", "3"),
    Refusal(.addBias(axis: 2), [[2, 3], [3]], "2x3", "2"),
    Refusal(.addBias(axis: -1), [[2, 3], [3]], "axis -1", "2x3"),
    Refusal(.addBias(axis: 1), [[2, 3], [3, 1]], "2x3", "3x1"),
  ]

  static let windows: [Refusal] = [
    Refusal(.convolution(window, groups: 1), [[2, 3, 8], [4, 3, 3, 3]], "2x3x8"),
    Refusal(.convolution(window, groups: 1), [[2, 3, 8, 8], [4, 2, 3, 3]], "4x2x3x3", "2x3x8x8"),
    Refusal(.convolution(window, groups: 2), [[2, 3, 8, 8], [4, 2, 3, 3]], "4x2x3x3", "2x3x8x8"),
    Refusal(.convolution(window, groups: 2), [[2, 4, 8, 8], [3, 2, 3, 3]], "3x2x3x3", "2x4x8x8"),
    Refusal(.convolution(window, groups: 0), [[2, 4, 8, 8], [4, 4, 3, 3]], "0 groups"),
    Refusal(.convolution(window, groups: 1), [[2, 3, 8, 8], [4, 3, 2, 3]], "4x3x2x3", "3x3"),
    Refusal(.convolution(window, groups: 1), [[2, 3, 2, 8], [4, 3, 3, 3]], "2x3x2x8", "3x3"),
    Refusal(
      .convolution(Window(size: [3, 3], dilation: [1, 4]), groups: 1),
      [[2, 3, 8, 8], [4, 3, 3, 3]], "reach 9", "2x3x8x8"),
    Refusal(
      .convolution(Window(size: [3, 3], strides: [0, 1]), groups: 1),
      [[2, 3, 8, 8], [4, 3, 3, 3]], "strides"),
    Refusal(
      .convolution(Window(size: [3, 3], paddingBefore: [0, -1]), groups: 1),
      [[2, 3, 8, 8], [4, 3, 3, 3]], "padding"),
    Refusal(
      .convolutionInputGradient(window, groups: 1, input: [2, 3, 8, 8]),
      [[2, 4, 5, 6], [4, 3, 3, 3]], "2x4x5x6", "2x4x6x6"),
    Refusal(
      .convolutionFilterGradient(window, groups: 1, filter: [4, 3, 3, 3]),
      [[2, 3, 8, 8], [2, 4, 5, 6]], "2x4x5x6", "2x4x6x6"),
    Refusal(
      .convolution(Window(size: [3, 3], paddingBefore: [1]), groups: 1),
      [[2, 3, 8, 8], [4, 3, 3, 3]], "2 axes", "paddings"),
    Refusal(
      .convolution(Window(size: [3, 3], strides: [1, 1, 1]), groups: 1),
      [[2, 3, 8, 8], [4, 3, 3, 3]], "2 axes", "strides"),
    Refusal(
      .convolution(Window(size: [3, 3], dilation: [1 << 40, 1]), groups: 1),
      [[2, 3, 8, 8], [4, 3, 3, 3]], "2^31"),
    Refusal(
      .convolutionInputGradient(window, groups: 1, input: [2, 3, 0, 8]),
      [[2, 4, 6, 6], [4, 3, 3, 3]], "2x3x0x8"),
    Refusal(
      .convolutionFilterGradient(window, groups: 1, filter: [0, 3, 3, 3]),
      [[2, 3, 8, 8], [2, 4, 6, 6]], "0x3x3x3"),
    Refusal(.pool(.maximum, Window(size: [3, 3], paddingBefore: [1])), [[2, 3, 8, 8]], "2 axes"),
    Refusal(.pool(.average, Window(size: [3, 3], dilation: [2])), [[2, 3, 8, 8]], "2 axes"),
    // Taps at -1 and 1 of an input of one element; at -3 and 1 of another.
    Refusal(
      .pool(.maximum, Window(size: [2], paddingBefore: [1], paddingAfter: [1], dilation: [2])),
      [[1, 1, 1]], "position 0 of axis 2", "1x1x1"),
    Refusal(
      .pool(
        .average,
        Window(size: [1, 2], paddingBefore: [0, 3], paddingAfter: [0, 3], dilation: [1, 4])),
      [[1, 1, 4, 1]], "position 0 of axis 3", "1x1x4x1"),
    Refusal(.pool(.maximum, window), [[2, 3, 8]], "2x3x8"),
    Refusal(.pool(.maximum, window), [[2, 3, 2, 2]], "2x3x2x2", "3x3"),
    Refusal(.pool(.average, Window(size: [2, 2], paddingBefore: [2, 0])), [[2, 3, 8, 8]], "2x2"),
    Refusal(
      .poolGradient(.maximum, window), [[2, 3, 5, 6], [2, 3, 8, 8], [2, 3, 6, 6]], "2x3x5x6",
      "2x3x6x6"),
    Refusal(
      .poolGradient(.maximum, window), [[2, 3, 6, 6], [2, 3, 8, 8], [2, 3, 5, 6]], "2x3x5x6",
      "2x3x6x6"),
  ]

  static let others: [Refusal] = [
    Refusal(.attention(Attention(heads: 1)), [[3, 12]], "3x12"),
    Refusal(.attention(Attention(heads: 5)), [[2, 3, 12]], "12", "5 heads"),
    Refusal(.attention(Attention(heads: 1, hasMask: true)), [[2, 3, 12], [2, 4]], "2x3", "2x4"),
    Refusal(
      .attentionGradient(Attention(heads: 2)),
      [[2, 3, 4], [2, 3, 4], [2, 1, 3], [2, 3, 12]], "row sums", "2x2x3", "2x1x3"),
    Refusal(.binary(.add), [[2, 3], [2, 4]], "2x3", "2x4"),
    Refusal(.unaryGradient(.relu), [[2, 3], [3]], "2x3", "3"),
    Refusal(.dropout(rate: 1, salt: 0), types: keyed([2, 3], keys: [2, 2]), ["1.0"]),
    Refusal(.dropout(rate: -0.1, salt: 0), types: keyed([2, 3], keys: [2, 2]), ["-0.1"]),
    Refusal(.dropout(rate: .nan, salt: 0), types: keyed([2, 3], keys: [2, 2]), ["nan"]),
    Refusal(.dropout(rate: 0.5, salt: 0), types: keyed([2, 3], keys: [3, 2]), ["2x2", "3x2"]),
    Refusal(.dropout(rate: 0.5, salt: 0), types: keyed([], keys: [1, 2]), ["batch axis"]),
    Refusal(.reshape([4, 2]), [[2, 3]], "2x3", "4x2", "6", "8"),
    Refusal(.transpose([0, 0]), [[2, 3]], "[0, 0]", "2x3"),
    Refusal(.transpose([0, 1, 2]), [[2, 3]], "[0, 1, 2]", "2x3"),
    Refusal(.sum(axes: [2], keepAxes: false), [[2, 3]], "[2]", "2x3"),
    Refusal(.sum(axes: [-1], keepAxes: false), [[2, 3]], "[-1]", "2x3"),
    Refusal(.sum(axes: [0, 0], keepAxes: false), [[2, 3]], "[0, 0]", "2x3"),
    Refusal(.broadcast([2, 4]), [[2, 3]], "2x3", "2x4"),
    Refusal(.broadcast([3]), [[2, 3]], "2x3", "3"),
    Refusal(.softmax(axis: 2), [[2, 3]], "axis 2", "2x3"),
    Refusal(.logSoftmax(axis: -1), [[2, 3]], "axis -1", "2x3"),
    Refusal(.softmaxGradient(axis: 1), [[2, 3], [2, 4]], "2x3", "2x4"),
    Refusal(.batchNorm(epsilon: 1), [[3], [3], [3]], "3"),
    Refusal(.batchNorm(epsilon: 1), [[2, 3, 4], [4], [3]], "3", "4"),
    Refusal(.batchNormInference(epsilon: 1), [[2, 3], [3], [3], [3], [2]], "3", "2"),
    Refusal(.batchNormGradient(epsilon: 1), [[2, 4], [2, 3], [3], [3], [3]], "2x4", "2x3"),
    Refusal(.softmaxCrossEntropy, types: keyed([4, 3], keys: [3]), ["3", "4"]),
    Refusal(.softmaxCrossEntropy, types: keyed([4], keys: [4]), ["N x classes", "4"]),
    Refusal(.correctPrediction, types: keyed([4, 3, 2], keys: [4]), ["4x3x2"]),
    Refusal(
      .softmaxCrossEntropyGradient, types: keyed([4, 3], keys: [4]) + [TensorType([3])],
      ["3", "4"]),
    Refusal(.constant(1), [], "leaf"),
    Refusal(
      .recurrence(Recurrence(.lstm)), [[5, 2, 9], [9, 3], [2, 3], [2, 3]], "5x2x9", "9x3", "4H"),
    Refusal(.recurrence(Recurrence(.tanh)), [[5, 2, 3], [3, 3], [3, 2]], "2x3", "3x2"),
    Refusal(
      .recurrence(Recurrence(.tanh, isMasked: true)), [[5, 2, 3], [3, 3], [2, 3], [2, 5]], "mask",
      "5x2", "2x5"),
    Refusal(.recurrence(Recurrence(.gru)), [[5, 2, 9], [9, 3], [2, 3], [3]], "bias", "9"),
  ]

  /// Nothing is computed on no samples or no channels.
  static let empty: [Refusal] = [
    Refusal(.unary(.relu), [[0, 3]], "operand 0", "0x3", "at least 1"),
    Refusal(product, [[2, 0], [0, 4]], "operand 0", "2x0"),
    Refusal(.convolution(window, groups: 1), [[2, 0, 8, 8], [4, 0, 3, 3]], "2x0x8x8"),
    Refusal(.softmaxCrossEntropy, types: keyed([0, 3], keys: [0]), ["0x3"]),
    Refusal(.binary(.add), [[2, 3], [2, -3]], "operand 1", "2x-3"),
    Refusal(.reshape([-2, -3]), [[2, 3]], "-2x-3", "at least 1"),
    Refusal(.broadcast([0, 3]), [[1, 3]], "0x3", "at least 1"),
    Refusal(.broadcast([1 << 40, 1 << 40]), [[1]], "too many elements"),
    Refusal(.reshape([1 << 40, 1 << 40]), [[1]], "too many elements"),
  ]

  @Test(arguments: products + windows + others + empty)
  func messageNamesWhatDoesNotFit(_ refusal: Refusal) {
    let error = #expect(throws: GraphError.self) { try refusal.op.shapeRule(refusal.operands) }
    #expect(error?.operation == refusal.op.name)
    for text in refusal.named {
      #expect(error?.reason.contains(text) == true, "\(error?.reason ?? "") lacks \(text)")
    }
  }

  @Test func messageNamesTheLayer() throws {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType([2, 3]))
    let weight = try graph.parameter("weight", [4, 5], .zeros)
    let error = #expect(throws: GraphError.self) {
      try graph.withScope("layers") {
        try graph.withScope("3") { try x.matmul(weight) }
      }
    }
    #expect(error?.scope == "layers.3")
    #expect(
      error?.description == "layers.3: matmul: 2x3 times 4x5: inner extents 3 and 4 differ")
    #expect(graph.scope == "")
  }

  @Test func parameterNeedsElements() {
    let graph = TensorGraph()
    let error = #expect(throws: GraphError.self) {
      try graph.withScope("dense") { try graph.parameter("weight", [0, 3], .zeros) }
    }
    #expect(
      error?.description
        == "dense: parameter: dense.weight is 0x3: every extent must be at least 1")
    #expect(graph.parameters.isEmpty)
  }

  @Test func operandsOfAnotherGraphAreRefused() {
    let graph = TensorGraph()
    let mine = graph.input("x", TensorType([2]))
    let other = TensorGraph().input("y", TensorType([2]))
    let error = #expect(throws: GraphError.self) { try mine + other }
    #expect(error?.description == "add: operand 1 belongs to another graph")
    #expect(throws: GraphError.self) { try graph.append(.unary(.relu), [other]) }
  }

  @Test func scalarHasNothingToFlatten() {
    #expect(throws: GraphError.self) { try TensorGraph().constant(1).flattened() }
  }

  @Test func sumToAShapeThatDoesNotBroadcastIsRefused() {
    let x = TensorGraph().input("x", TensorType([2, 3]))
    #expect(throws: GraphError.self) { try x.summed(to: [3, 2]) }
    #expect(throws: GraphError.self) { try x.summed(to: [1, 2, 3]) }
  }

  @Test func refusedNodeLeavesTheGraphAsItWas() throws {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType([2, 3]))
    #expect(throws: GraphError.self) { try x.matmul(x) }
    #expect(graph.nodes.count == 1)
  }
}
