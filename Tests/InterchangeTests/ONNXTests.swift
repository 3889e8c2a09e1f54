import Foundation
import Graph
import Interchange
import Layers
import Testing

@Suite struct ONNXTests {
  private func export(_ model: Model, _ loss: Loss = .meanSquaredError) throws -> ProtobufReader {
    func form(_ batch: Int) throws -> ONNXModel.Form {
      let made = try PredictionGraph(model: model, loss: loss, batchSize: batch)
      return ONNXModel.Form(graph: made.graph, features: made.features, output: made.prediction)
    }
    let two = try form(2)
    let values = two.graph.parameters.map { parameter in
      (0..<parameter.shape.count).map { Float($0) }
    }
    return ProtobufReader(
      try ONNXModel(
        forms: (two, try form(3)), values: values, normalization: nil, metadata: ["a": "b"]
      ).bytes)
  }

  private func graph(_ model: Model, _ loss: Loss = .meanSquaredError) throws -> ProtobufReader {
    try #require(try export(model, loss).messages(7).first)
  }

  @Test func writesNegativeNumbersAndLongVarints() {
    let message = ProtobufMessage {
      $0.add(1, -1)
      $0.add(2, 300)
      $0.add(3, "é")
      $0.add(4, Float(1))
    }
    #expect(
      Array(message.bytes) == [0x08] + [UInt8](repeating: 0xFF, count: 9) + [
        0x01, 0x10, 0xAC, 0x02, 0x1A, 0x02, 0xC3, 0xA9, 0x25, 0, 0, 0x80, 0x3F,
      ])
  }

  @Test func statesItsOperatorSet() throws {
    let model = try export(Model(inputShape: [3], layers: [Dense(units: 2)]))
    #expect(model.integers(1) == [8])
    #expect(model.messages(8).map { $0.integers(2) } == [[17]])
    #expect(model.messages(14).map { $0.texts(1) + $0.texts(2) } == [["a", "b"]])
  }

  @Test func writesADenseLayerAsAProductAndASum() throws {
    let graph = try graph(Model(inputShape: [3], layers: [Dense(units: 2, activation: .relu)]))
    #expect(graph.messages(1).flatMap { $0.texts(4) } == ["Gemm", "Add", "Relu", "Identity"])
    let tensors = graph.messages(5)
    #expect(tensors.flatMap { $0.texts(8) } == ["layers.0.weight", "layers.0.bias"])
    #expect(tensors[0].integers(1) == [2, 3])
    let values = tensors[0].data(9)[0].withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    #expect(values == [0, 1, 2, 3, 4, 5])
  }

  @Test func leavesTheNumberOfSamplesOpen() throws {
    let graph = try graph(Model(inputShape: [3], layers: [Dense(units: 2)]))
    for (field, width) in [(11, 3), (12, 2)] {
      let value = try #require(graph.messages(field).first)
      let shape = try #require(value.messages(2).first?.messages(1).first?.messages(2).first)
      let extents = shape.messages(1)
      #expect(extents[0].texts(2) == ["batch"])
      #expect(extents[1].integers(1) == [width])
    }
  }

  @Test func everyOperandIsThereBeforeItIsRead() throws {
    let branch: Sequential = [Conv2D(filters: 4, kernel: 3, padding: .same, activation: .gelu)]
    let model = Model(
      inputShape: [4, 6, 6],
      layers: [
        Residual(branch), GroupNorm(groups: 2), Upsample2D(), MaxPool2D(size: 2), BatchNorm(),
        ConvTranspose2D(filters: 3, kernel: 2, strides: 2), AveragePool2D(),
        Parallel([[Activation.tanh], []]), Slice(axis: 1, start: 1, count: 4), Flatten(),
        LayerNorm(), Dense(units: 5),
      ])
    try expectOrder(try graph(model, .softmaxCrossEntropy))
  }

  @Test(arguments: [true, false]) func attentionIsWrittenOutInOrder(isCausal: Bool) throws {
    let model = Model(
      inputShape: [6],
      layers: [
        Embedding(tokens: 9, units: 8, padding: 0), SelfAttention(heads: 2, isCausal: isCausal),
        Dense(units: 9),
      ])
    try expectOrder(try graph(model, .softmaxCrossEntropy))
  }

  private func expectOrder(_ graph: ProtobufReader) throws {
    var known = Set(
      graph.messages(5).flatMap { $0.texts(8) } + graph.messages(11).flatMap { $0.texts(1) })
    for node in graph.messages(1) {
      for input in node.texts(1) {
        #expect(known.contains(input), "\(node.texts(4)) reads \(input)")
      }
      for output in node.texts(2) { #expect(known.insert(output).inserted, "\(output) twice") }
    }
    #expect(graph.messages(12).flatMap { $0.texts(1) } == ["prediction"])
    #expect(known.contains("prediction"))
  }
}
