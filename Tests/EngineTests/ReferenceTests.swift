import Engine
import Graph
import Testing

/// The reference itself against numbers of PyTorch 2.15, printed to six digits.
@Suite struct ReferenceTests {
  /// `build` on float32 inputs `a`, `b`, ... of the given shapes and values.
  private func evaluate(
    _ operands: [(Shape, [Float])], _ build: ([Tensor]) throws -> [Tensor]
  ) throws -> [[Float]] {
    let graph = TensorGraph()
    var inputs: [String: HostArray] = [:]
    let leaves = operands.enumerated().map { index, operand in
      inputs["\(index)"] = .float32(operand.1)
      return graph.input("\(index)", TensorType(operand.0))
    }
    return try ReferenceBackend().run(
      graph, inputs: inputs, parameters: [:], fetching: try build(leaves)
    ).map(\.floats)
  }

  private func expect(_ found: [Float], _ wanted: [Float]) {
    #expect(found.count == wanted.count)
    let worst = zip(found, wanted).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= 2e-6, "\(found), wanted \(wanted)")
  }

  @Test(
    arguments: [
      (.relu, [0, 0, 0.25, 1.5]), (.leakyRelu(slope: 0.2), [-0.4, -0.1, 0.25, 1.5]),
      (.elu(alpha: 0.4), [-0.345866, -0.157388, 0.25, 1.5]),
      (.gelu, [-0.0455, -0.154269, 0.149677, 1.399789]),
      (.geluTanh, [-0.045402, -0.154286, 0.149675, 1.399572]),
      (.tanh, [-0.964028, -0.462117, 0.244919, 0.905148]),
      (.sigmoid, [0.119203, 0.377541, 0.562177, 0.817574]),
      (.softplus, [0.126928, 0.474077, 0.825939, 1.701413]),
      (.swish, [-0.238406, -0.18877, 0.140544, 1.226362]),
      (.exponential, [0.135335, 0.606531, 1.284025, 4.481689]), (.square, [4, 0.25, 0.0625, 2.25]),
      (.absolute, [2, 0.5, 0.25, 1.5]),
    ] as [(Unary, [Float])]
  )
  func unary(_ function: Unary, _ wanted: [Float]) throws {
    expect(try evaluate([([4], [-2, -0.5, 0.25, 1.5])]) { [try $0[0](function)] }[0], wanted)
  }

  @Test(
    arguments: [
      (.logarithm, [0.693147, -0.693147, -1.386294, 0.405465]),
      (.squareRoot, [1.414214, 0.707107, 0.5, 1.224745]),
    ] as [(Unary, [Float])]
  )
  func unaryOfPositiveNumbers(_ function: Unary, _ wanted: [Float]) throws {
    expect(try evaluate([([4], [2, 0.5, 0.25, 1.5])]) { [try $0[0](function)] }[0], wanted)
  }

  @Test func functionsDoNotOverflow() throws {
    let found = try evaluate([([2], [-200, 200])]) {
      [try $0[0](.softplus), try $0[0](.sigmoid), try $0[0].logSoftmax()]
    }
    #expect(found == [[0, 200], [0, 1], [-400, 0]])
  }

  // MARK: - Windows

  private let image = (Shape([1, 2, 5, 4]), (0..<40).map { Float($0) / 10 - 1.5 })

  @Test func convolutionWithStridesAndPadding() throws {
    let filter = (Shape([2, 2, 3, 2]), (0..<24).map { Float($0 % 7 - 3) / 2 })
    let window = Window(
      size: [3, 2], strides: [2, 1], paddingBefore: [1, 1], paddingAfter: [1, 1])
    let found = try evaluate([image, filter]) { [try $0[0].convolved(with: $0[1], window)] }
    expect(
      found[0],
      [
        -0.9, -1.1, -1.1, -1.1, -0.6, -0.35, 1.4, 1.15, 0.9, 1.6, -3.3, -2.75, -3.2, -3.65, 0.4,
        0.3, 2.65, 2.2, 1.75, 2.2, -2.85, -2.1, -2.15, -2.2, 0.8, -2, 1.55, 1.7, 1.85, 4,
      ])
  }

  @Test func convolutionWithHolesAndUnevenPadding() throws {
    let filter = (Shape([2, 2, 3, 2]), (0..<24).map { Float($0 % 7 - 3) / 2 })
    let window = Window(
      size: [3, 2], paddingBefore: [0, 1], paddingAfter: [2, 0], dilation: [1, 2])
    let found = try evaluate([image, filter]) { [try $0[0].convolved(with: $0[1], window)] }
    expect(
      found[0],
      [
        0.1, 2.25, 2, -0.5, 1.25, 1, -1.1, 0.25, 0, -3.6, -3.05, -3.5, -3.5, -0.75, -1, -2.7,
        -1.95, -2, -2.9, -2.15, -2.2, -3.1, -2.35, -2.4, -2, 1.55, 1.7, 2.5, 3.9, 4.3,
      ])
  }

  @Test func depthwiseConvolution() throws {
    let filter = (Shape([4, 1, 2, 2]), (0..<16).map { Float($0 % 5 - 2) / 2 })
    let found = try evaluate([image, filter]) {
      [try $0[0].convolved(with: $0[1], Window(size: [2, 2], strides: [2, 2]), groups: 2)]
    }
    expect(
      found[0],
      [
        1.7, 1.5, 0.9, 0.7, 0.45, 0.35, 0.05, -0.05, -0.55, -0.55, -0.55, -0.55, 0.2, 0.3, 0.6,
        0.7,
      ])
  }

  @Test func poolingLeavesPaddingOut() throws {
    let x = (Shape([1, 1, 5, 4]), (0..<20).map { Float($0 * 7 % 20) })
    let window = Window(
      size: [3, 3], strides: [2, 2], paddingBefore: [1, 1], paddingAfter: [1, 1])
    let found = try evaluate([x]) {
      [try $0[0].pooled(.maximum, window), try $0[0].pooled(.average, window)]
    }
    #expect(found == [[15, 15, 16, 18, 19, 19], [7.5, 8, 9.5, 10, 11.5, 12]])
  }

  @Test func paddingNeverWins() throws {
    let window = Window(size: [3], paddingBefore: [1], paddingAfter: [1])
    let found = try evaluate([([1, 1, 2], [-5, -3])]) { [try $0[0].pooled(.maximum, window)] }
    #expect(found == [[-3, -3]])
  }

  @Test func firstOfEqualMaximaGetsTheGradient() throws {
    let found = try evaluate([([1, 1, 2, 2], [1, 3, 3, 3])]) { x in
      let y = try x[0].pooled(.maximum, Window(size: [2, 2]))
      return try x[0].graph.gradients(of: y.sum(), withRespectTo: x)
    }
    #expect(found == [[0, 1, 0, 0]])
  }

  // MARK: - Normalisation and losses

  @Test func batchNormUsesBiasedVariance() throws {
    let found = try evaluate([
      ([2, 3, 2], [0, 3, 6, 2, 5, 1, 4, 0, 3, 6, 2, 5]), ([3], [1, 2, 0.5]), ([3], [0, -1, 1]),
    ]) {
      let y = try $0[0].batchNormalized(scale: $0[1], offset: $0[2], epsilon: 1e-3)
      return [y.result, y.mean, y.variance]
    }
    expect(
      found[0],
      [
        -0.980042, 0.70003, 0.960085, -3.520109, 1.490021, 0.369973, 1.260054, -0.980042,
        -2.400061, 0.960085, 0.649985, 1.490021,
      ])
    #expect(found[1] == [1.75, 4.25, 3.25])
    #expect(found[2] == [3.1875, 3.1875, 3.1875])
  }

  private let scores = (Shape([2, 3]), [1, 2, 3, 0.5, -1, 0] as [Float])

  @Test func softmaxOverEitherAxis() throws {
    let found = try evaluate([scores]) {
      [try $0[0].softmax(axis: 0), try $0[0].logSoftmax(axis: 1)]
    }
    expect(found[0], [0.622459, 0.952574, 0.952574, 0.377541, 0.047426, 0.047426])
    expect(found[1], [-2.407606, -1.407606, -0.407606, -0.604131, -2.104131, -1.104131])
  }

  @Test func crossEntropyAndHits() throws {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType(scores.0))
    let labels = graph.input("labels", TensorType([2], .int32))
    let found = try ReferenceBackend().run(
      graph, inputs: ["x": .float32(scores.1), "labels": .int32([2, 1])], parameters: [:],
      fetching: [
        try x.softmaxCrossEntropy(labels: labels), try x.correctPredictions(labels: labels),
      ])
    expect(found[0].floats, [0.407606, 2.104131])
    #expect(found[1].floats == [1, 0])
  }

  @Test func firstOfEqualScoresIsTheAnswer() throws {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType([2, 2]))
    let labels = graph.input("labels", TensorType([2], .int32))
    let found = try ReferenceBackend().run(
      graph, inputs: ["x": .float32([1, 1, 1, 1]), "labels": .int32([0, 1])], parameters: [:],
      fetching: [try x.correctPredictions(labels: labels)])
    #expect(found[0].floats == [1, 0])
  }
}
