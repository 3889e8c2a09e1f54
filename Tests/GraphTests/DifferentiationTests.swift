import Graph
import Testing

/// What the backward pass consists of; its values are tested against differences in `EngineTests`.
@Suite struct DifferentiationTests {
  private let graph = TensorGraph()

  @Test func lossMustBeScalar() {
    let x = graph.input("x", TensorType([2]))
    let error = #expect(throws: GraphError.self) {
      try graph.gradients(of: x, withRespectTo: [x])
    }
    #expect(error?.description == "gradient: the loss must be a scalar, is 2")
  }

  @Test func gradientsHaveTheShapesOfTheirTargets() throws {
    let x = graph.input("x", TensorType([2, 3]))
    let weight = try graph.parameter("weight", [3, 4], .zeros)
    let bias = try graph.parameter("bias", [4], .zeros)
    let loss = try x.matmul(weight).addingBias(bias, axis: 1)(.relu).sum()
    let gradients = try graph.gradients(of: loss, withRespectTo: [bias, x, weight])
    #expect(gradients.map(\.shape) == [[4], [2, 3], [3, 4]])
  }

  @Test func independentTargetGetsZeros() throws {
    let x = graph.input("x", TensorType([2]))
    let other = graph.input("other", TensorType([2, 3]))
    let gradient = try graph.gradients(of: x.sum(), withRespectTo: [other])[0]
    #expect(graph.nodes[gradient.value.node].op == .constant(0))
    #expect(gradient.shape == [2, 3])
  }

  @Test func lossIsItsOwnGradientOfOne() throws {
    let x = graph.input("x", TensorType([]))
    let gradient = try graph.gradients(of: x, withRespectTo: [x])[0]
    #expect(graph.nodes[gradient.value.node].op == .constant(1))
  }

  @Test func seedReplacesTheOne() throws {
    let x = graph.input("x", TensorType([]))
    let seed = graph.input("seed", TensorType([]))
    let gradient = try graph.gradients(of: x, withRespectTo: [x], seed: seed)[0]
    #expect(gradient.value == seed.value)
  }

  @Test func nothingIsComputedForWhatNobodyWants() throws {
    let x = graph.input("x", TensorType([1, 2, 5, 5]))
    let filter = try graph.parameter("filter", [3, 2, 3, 3], .zeros)
    let loss = try x.convolved(with: filter, Window(size: [3, 3])).sum()
    _ = try graph.gradients(of: loss, withRespectTo: [filter])
    let names = graph.nodes.map(\.op.name)
    #expect(names.contains("convolution filter gradient"))
    #expect(!names.contains("convolution input gradient"))
  }

  /// The sooner a parameter's gradient is final, the sooner it can travel.
  @Test func filterGradientComesBeforeInputGradient() throws {
    let x = graph.input("x", TensorType([1, 2, 5, 5]))
    let filter = try graph.parameter("filter", [3, 2, 3, 3], .zeros)
    let loss = try x.convolved(with: filter, Window(size: [3, 3])).sum()
    let gradients = try graph.gradients(of: loss, withRespectTo: [x, filter])
    #expect(gradients[1].value.node < gradients[0].value.node)
  }

  @Test func gradientBelongsToTheLayerOfItsNode() throws {
    let x = graph.input("x", TensorType([2]))
    let y = try graph.withScope("hidden") { () throws(GraphError) in try x(.tanh) }
    let gradient = try graph.gradients(of: y.sum(), withRespectTo: [x])[0]
    #expect(graph.nodes[gradient.value.node].scope == "hidden")
  }

  @Test func everyNodeReadsEarlierNodesOnly() throws {
    let x = graph.input("x", TensorType([2, 3]))
    let y = try x(.relu)
    _ = try graph.gradients(of: (y * y + x).softmax().sum(), withRespectTo: [x])
    for node in graph.nodes { #expect(node.inputs.allSatisfy { $0.node < node.index }) }
  }

  @Test func batchStatisticsCannotBeDifferentiated() throws {
    let x = graph.input("x", TensorType([4, 3]))
    let ones = graph.constant(1, [3])
    let normal = try x.batchNormalized(scale: ones, offset: ones, epsilon: 1e-3)
    let error = #expect(throws: GraphError.self) {
      try graph.gradients(of: normal.mean.sum(), withRespectTo: [x])
    }
    #expect(error?.operation == "batch norm")
  }

  /// The convolution in front of a frozen batch norm is still trained.
  @Test func givenStatisticsCanBeDifferentiated() throws {
    let x = graph.input("x", TensorType([4, 3, 2]))
    let channels = graph.constant(1, [3])
    let normal = try x.batchNormalized(
      scale: channels, offset: channels, mean: channels, variance: channels, epsilon: 1e-3)
    let gradients = try graph.gradients(of: normal.sum(), withRespectTo: [x, channels])
    #expect(gradients.map(\.shape) == [[4, 3, 2], [3]])
  }

  @Test func tensorsOfAnotherGraphAreRefused() throws {
    let x = graph.input("x", TensorType([]))
    let other = TensorGraph().input("x", TensorType([]))
    #expect(throws: GraphError.self) { try graph.gradients(of: other, withRespectTo: [x]) }
    #expect(throws: GraphError.self) { try graph.gradients(of: x, withRespectTo: [other]) }
    #expect(throws: GraphError.self) {
      try graph.gradients(of: x, withRespectTo: [x], seed: other)
    }
  }

  @Test func seedMustBeScalar() {
    let x = graph.input("x", TensorType([]))
    let error = #expect(throws: GraphError.self) {
      try graph.gradients(of: x, withRespectTo: [x], seed: graph.constant(1, [2]))
    }
    #expect(error?.description == "gradient: the seed must be a scalar, is float32 2")
  }

  @Test func secondDerivativesAreRefused() throws {
    let x = graph.input("x", TensorType([3]))
    let first = try graph.gradients(of: x(.tanh).sum(), withRespectTo: [x])[0]
    let error = #expect(throws: GraphError.self) {
      try graph.gradients(of: first.sum(), withRespectTo: [x])
    }
    #expect(error?.reason.contains("second derivatives") == true)
  }

  @Test func fixedSlopeNeedsNoOperandOfTheFunction() throws {
    for (function, usesOutput) in [
      (.relu, true), (.leakyRelu(slope: 0.1), true), (.leakyRelu(slope: -0.1), false),
      (.leakyRelu(slope: 0), false), (.elu(alpha: 1), true), (.elu(alpha: 0), false),
      (.gelu, false), (.tanh, true), (.swish, false),
    ] as [(Unary, Bool)] {
      #expect(function.gradientUsesOutput == usesOutput, "\(function)")
    }
  }
}
