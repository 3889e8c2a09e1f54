import Graph
import Layers
import Testing

@Suite struct LossTests {
  private let graph = TensorGraph()

  @Test func labelsOfClassesAreIntegers() throws {
    #expect(
      try Loss.softmaxCrossEntropy.labelsType(output: [8, 10]) == TensorType([8], .int32))
  }

  @Test func labelsOfARegressionHaveTheOutputsShape() throws {
    #expect(try Loss.meanSquaredError.labelsType(output: [8, 3]) == TensorType([8, 3]))
  }

  static let losses: [any LossFunction] = [
    SoftmaxCrossEntropy(), SoftmaxCrossEntropy(labelSmoothing: 0.1), NegativeLogLikelihood(),
    BinaryCrossEntropy(), MeanSquaredError(), MeanAbsoluteError(), Huber(), Hinge(),
  ]

  @Test(arguments: losses.indices)
  func givesOneNumberASample(index: Int) throws {
    let loss = Loss(Self.losses[index])
    let output = graph.input("output", TensorType([8, 10]))
    let labels = graph.input("labels", try loss.labelsType(output: output.shape))
    #expect(try loss.perSample(output: output, labels: labels).shape == [8])
  }

  @Test func squaredErrorIsAveragedOverOutputsNotSamples() throws {
    let output = graph.input("output", TensorType([8, 2, 5]))
    let labels = graph.input("labels", TensorType([8, 2, 5]))
    _ = try Loss.meanSquaredError.perSample(output: output, labels: labels)
    #expect(
      graph.nodes.map(\.op).suffix(5) == [
        .binary(.subtract), .unary(.square), .reshape([8, 10]), .sum(axes: [1], keepAxes: false),
        .scale(0.1),
      ])
  }

  @Test func onlyClassesAreCounted() throws {
    let output = graph.input("output", TensorType([8, 10]))
    let classes = graph.input("labels", TensorType([8], .int32))
    let values = graph.input("values", TensorType([8, 10]))
    let count = try Loss.softmaxCrossEntropy.correctCount(output: output, labels: classes)
    #expect(count?.shape == [])
    #expect(try Loss.meanSquaredError.correctCount(output: output, labels: values) == nil)
  }

  @Test func equalityComparesKindAndSettings() {
    #expect(Loss(Huber()) == Loss(Huber(delta: 1)))
    #expect(Loss(Huber()) != Loss(Huber(delta: 2)))
    #expect(Loss.softmaxCrossEntropy != Loss(SoftmaxCrossEntropy(ignoredLabel: 0)))
    #expect(Loss.meanSquaredError != Loss.softmaxCrossEntropy)
  }

  @Test func labelsOfAnotherTypeAreRefused() {
    let output = graph.input("output", TensorType([8, 10]))
    let labels = graph.input("labels", TensorType([8, 9]))
    #expect(throws: GraphError.self) {
      try Loss.meanSquaredError.perSample(output: output, labels: labels)
    }
  }
}
