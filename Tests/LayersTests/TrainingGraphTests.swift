import Graph
import Layers
import Testing

@Suite struct TrainingGraphTests {
  private let cnn = Model(
    inputShape: [1, 8, 8],
    layers: [
      Conv2D(filters: 4, kernel: 3, padding: .same, useBias: false), BatchNorm(momentum: 0.8),
      Activation.relu, MaxPool2D(), Flatten(), Dropout(rate: 0.5), Dense(units: 10),
    ])

  private func inputs(_ graph: TensorGraph) -> [String: TensorType] {
    var inputs: [String: TensorType] = [:]
    for node in graph.nodes {
      if case .input(let name) = node.op { inputs[name] = node.outputs[0] }
    }
    return inputs
  }

  @Test func takesFeaturesLabelsWeightAndKeys() throws {
    let training = try TrainingGraph(model: cnn, loss: .softmaxCrossEntropy, batchSize: 6)
    #expect(
      inputs(training.graph) == [
        "features": TensorType([6, 1, 8, 8]), "labels": TensorType([6], .int32),
        "sampleWeight": TensorType([]), "randomKeys": TensorType([6, 2], .int32),
      ])
  }

  @Test func keysAreOnlyAskedForIfALayerDraws() throws {
    let training = try TrainingGraph(
      model: Model(inputShape: [4], layers: [Dense(units: 3)]), loss: .softmaxCrossEntropy,
      batchSize: 6)
    #expect(training.randomKeys == nil)
    #expect(inputs(training.graph)["randomKeys"] == nil)
  }

  @Test func givesOneContributionAParameterInItsShape() throws {
    let training = try TrainingGraph(model: cnn, loss: .softmaxCrossEntropy, batchSize: 6)
    #expect(training.contributions.map(\.shape) == training.graph.parameters.map(\.shape))
  }

  @Test func reportsScalars() throws {
    let training = try TrainingGraph(model: cnn, loss: .softmaxCrossEntropy, batchSize: 6)
    #expect(training.lossSum.shape == [])
    #expect(training.correct?.shape == [])
    #expect(training.output.shape == [6, 10])
  }

  @Test func seedsTheBackwardPassWithTheSampleWeight() throws {
    let training = try TrainingGraph(model: cnn, loss: .softmaxCrossEntropy, batchSize: 6)
    let weight = try #require(training.sampleWeight)
    let gradientOfLoss = training.graph.nodes.first { $0.op == .softmaxCrossEntropyGradient }
    let seed = try #require(gradientOfLoss).inputs[2]
    // Scalar -> [1] -> [N]: the seed is the weight itself, repeated for each sample.
    var value = seed
    while training.graph.nodes[value.node].inputs.count == 1 {
      value = training.graph.nodes[value.node].inputs[0]
    }
    #expect(value == weight.value)
  }

  /// The product of scalar factors and statistic that makes a buffer's contribution.
  @Test func weighsStatisticsBySamplesAndCorrection() throws {
    let training = try TrainingGraph(model: cnn, loss: .softmaxCrossEntropy, batchSize: 6)
    let graph = training.graph
    let buffers = graph.parameters.indices.filter { !graph.parameters[$0].isTrained }
    let scales = buffers.map { index -> Float in
      let product = graph.nodes[training.contributions[index].value.node]
      guard case .scale(let factor) = graph.nodes[product.inputs[1].node].op else { return 0 }
      return factor
    }
    let n: Float = 6 * 8 * 8
    #expect(scales == [6, n / (n - 1) * 6])
  }

  @Test func saysHowBuffersChange() throws {
    let training = try TrainingGraph(model: cnn, loss: .softmaxCrossEntropy, batchSize: 6)
    #expect(training.bufferUpdates.map(\.parameter) == [3, 4])
    #expect(training.bufferUpdates.map(\.momentum) == [0.8, 0.8])
  }

  @Test func inferenceHasNoBackwardPass() throws {
    let evaluation = try TrainingGraph(
      model: cnn, loss: .softmaxCrossEntropy, batchSize: 6, mode: .inference)
    #expect(evaluation.contributions.isEmpty)
    #expect(evaluation.sampleWeight == nil)
    #expect(Set(inputs(evaluation.graph).keys) == ["features", "labels"])
  }

  @Test func parametersAreTheSameInBothModes() throws {
    let modes: [TensorGraph.Mode] = [.training, .inference]
    let paths = try modes.map {
      try TrainingGraph(model: cnn, loss: .softmaxCrossEntropy, batchSize: 6, mode: $0)
        .graph.parameters.map(\.path)
    }
    #expect(paths[0] == paths[1])
  }

  @Test func regressionHasNoCount() throws {
    let training = try TrainingGraph(
      model: Model(inputShape: [4], layers: [Dense(units: 3)]), loss: .meanSquaredError,
      batchSize: 6)
    #expect(training.correct == nil)
    #expect(inputs(training.graph)["labels"] == TensorType([6, 3]))
  }

  @Test func predictionNeedsFeaturesOnly() throws {
    let prediction = try PredictionGraph(model: cnn, loss: .softmaxCrossEntropy, batchSize: 5)
    #expect(Set(inputs(prediction.graph).keys) == ["features"])
    #expect(prediction.prediction.shape == [5, 10])
    #expect(prediction.graph.nodes.last?.op == .softmax(axis: 1))
  }

  @Test func refusesAnEmptyBatch() {
    #expect(throws: GraphError.self) {
      try TrainingGraph(model: cnn, loss: .softmaxCrossEntropy, batchSize: 0)
    }
  }
}
