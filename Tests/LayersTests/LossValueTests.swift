import Engine
import Graph
import Layers
import Testing

/// Losses and their gradients, computed with PyTorch 2.15 from the same outputs and labels.
@Suite struct LossValueTests {
  private static let scores: [Float] = [
    0.5, -1.25, 2, -0.1, 0.003, 1.5, 3, 0.25, -0.75, 0, 0, -2,
  ]
  private static let classes: [Int32] = [2, 0, 1, 1]
  private static let targets: [Float] = [1, 0, 1, 0, 1, 0.25, 1, 1, 0, 0, 0, 1]
  private static let signs: [Float] = [1, -1, 1, -1, 1, -1, 1, 1, -1, -1, -1, 1]
  private static let weights: [Float] = [0.5, 1, 2]

  /// The loss of each of four samples and the gradient of their sum, computed by the engine.
  private func evaluate(
    _ loss: Loss, labels: HostArray, output: Shape = [4, 3]
  ) throws -> (losses: [Float], gradient: [Float]) {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType(output))
    let y = graph.input("labels", try loss.labelsType(output: output))
    let losses = try loss.perSample(output: x, labels: y)
    let gradient = try graph.gradients(of: losses.sum(), withRespectTo: [x])[0]
    let executor = try Executor(try Plan(graph, fetching: [losses, gradient]))
    try executor.setInput("x", Self.scores)
    switch labels {
    case .float32(let values): try executor.setInput("labels", values)
    case .int32(let values): try executor.setInput("labels", values)
    }
    try executor.run()
    return (
      Array(try #require(executor.value(of: losses))),
      Array(try #require(executor.value(of: gradient)))
    )
  }

  private func expect(
    _ function: any LossFunction, _ labels: HostArray, _ losses: [Float], _ gradient: [Float]
  ) throws {
    let found = try evaluate(Loss(function), labels: labels)
    for (a, b) in zip(found.losses + found.gradient, losses + gradient) {
      #expect(abs(a - b) <= 1e-5 * max(1, abs(b)), "\(found)")
    }
  }

  @Test func softmaxCrossEntropy() throws {
    try expect(
      SoftmaxCrossEntropy(), .int32(Self.classes),
      [0.23262198, 1.9546609, 2.8338315, 0.75862366],
      [
        0.17682017, 0.030726742, -0.20754695, -0.85838753, 0.15697624, 0.70141125, 0.91958624,
        -0.94121283, 0.021626594, 0.46831053, -0.53168947, 0.063378945,
      ])
  }

  @Test func labelSmoothing() throws {
    try expect(
      SoftmaxCrossEntropy(labelSmoothing: 0.1), .int32(Self.classes),
      [0.39095533, 1.8978941, 2.7754982, 0.82529032],
      [
        0.14348684, -0.0026065931, -0.14088029, -0.79172087, 0.12364291, 0.66807789, 0.88625288,
        -0.87454617, -0.011706742, 0.4349772, -0.4650228, 0.03004561,
      ])
  }

  @Test func classWeights() throws {
    try expect(
      SoftmaxCrossEntropy(classWeights: Self.weights), .int32(Self.classes),
      [0.46524397, 0.97733045, 2.8338315, 0.75862366],
      [
        0.35364035, 0.061453484, -0.4150939, -0.42919376, 0.078488119, 0.35070562, 0.91958624,
        -0.94121283, 0.021626594, 0.46831053, -0.53168947, 0.063378945,
      ])
  }

  @Test func smoothingWeightsAndAnIgnoredLabel() throws {
    try expect(
      SoftmaxCrossEntropy(labelSmoothing: 0.2, classWeights: Self.weights, ignoredLabel: 0),
      .int32(Self.classes), [0.69314027, 0, 2.9699593, 1.0505779],
      [
        0.29083699, -0.010334308, -0.28050274, 0, 0, 0, 0.91690588, -0.80591995, -0.11098586,
        0.4505876, -0.38274574, -0.067841761,
      ])
  }

  @Test func negativeLogLikelihoodOfProbabilities() throws {
    // Of logSoftmax's result it is the cross-entropy: here of the scores themselves.
    try expect(
      NegativeLogLikelihood(classWeights: Self.weights, ignoredLabel: 1), .int32(Self.classes),
      [-4, 0.05, 0, 0], [0, 0, -2, -0.5, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func binaryCrossEntropy() throws {
    try expect(
      BinaryCrossEntropy(), .float32(Self.targets),
      [0.28431135, 0.88748616, 0.33713257, 1.1710742],
      [
        -0.12584689, 0.074233383, -0.039734326, 0.15834028, -0.16641667, 0.18919149, -0.015808623,
        -0.14594117, 0.10694043, 0.16666667, 0.16666667, -0.29359904,
      ])
  }

  @Test func meanAbsoluteError() throws {
    let third: Float = 0.33333334
    try expect(
      MeanAbsoluteError(), .float32(Self.targets),
      [0.91666669, 0.78233337, 1.1666666, 1],
      [-third, -third, third, -third, -third, third, third, -third, -third, 0, 0, -third])
  }

  @Test func meanSquaredError() throws {
    try expect(
      MeanSquaredError(), .float32(Self.targets),
      [0.9375, 0.85550302, 1.7083334, 3],
      [
        -0.33333334, -0.83333337, 0.66666669, -0.06666667, -0.66466665, 0.83333337, 1.3333334, -0.5,
        -0.5, 0, 0, -2,
      ])
  }

  @Test func huber() throws {
    let end: Float = 0.23333333
    try expect(
      Huber(delta: 0.7), .float32(Self.targets),
      [0.40333334, 0.36263332, 0.57166666, 0.61833334],
      [-0.16666667, -end, end, -0.033333335, -end, end, end, -end, -end, 0, 0, -end])
  }

  @Test func hinge() throws {
    let third: Float = 0.33333334
    try expect(
      Hinge(), .float32(Self.signs), [0.16666667, 1.4656667, 0.33333334, 1.6666666],
      [-third, 0, 0, third, -third, third, 0, -third, third, third, third, -third])
  }

  @Test func aSequencesLossIsTheMeanOverItsLabels() throws {
    let single = try evaluate(.softmaxCrossEntropy, labels: .int32(Self.classes))
    let pairs = try evaluate(
      .softmaxCrossEntropy, labels: .int32(Self.classes), output: [2, 2, 3])
    let wanted = [0, 2].map { (single.losses[$0] + single.losses[$0 + 1]) / 2 }
    for (a, b) in zip(pairs.losses, wanted) { #expect(abs(a - b) <= 1e-6) }
    for (a, b) in zip(pairs.gradient, single.gradient) { #expect(abs(a - b / 2) <= 1e-6) }
  }
}
