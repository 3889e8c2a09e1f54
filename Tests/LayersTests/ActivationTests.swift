import Graph
import Layers
import Testing

@Suite struct ActivationTests {
  @Test(
    arguments: [
      (.relu, .unary(.relu)), (.leakyRelu(slope: 0.2), .unary(.leakyRelu(slope: 0.2))),
      (.elu(), .unary(.elu(alpha: 1))), (.gelu, .unary(.gelu)), (.geluTanh, .unary(.geluTanh)),
      (.tanh, .unary(.tanh)), (.sigmoid, .unary(.sigmoid)), (.softplus, .unary(.softplus)),
      (.swish, .unary(.swish)), (.softmax, .softmax(axis: 1)), (.logSoftmax, .logSoftmax(axis: 1)),
    ] as [(Activation, Op)])
  func isOneNode(activation: Activation, op: Op) throws {
    #expect(try Built([activation], on: [5]).ops == [op])
  }

  @Test func linearIsNoNode() throws {
    #expect(try Built([Activation.linear], on: [5]).ops.isEmpty)
  }

  @Test func nameIsTheJobFilesName() {
    let all: [Activation] = [
      .linear, .relu, .leakyRelu(), .elu(), .gelu, .geluTanh, .tanh, .sigmoid, .softplus, .swish,
      .softmax, .logSoftmax,
    ]
    #expect(
      all.map(\.name) == [
        "linear", "relu", "leakyRelu", "elu", "gelu", "geluTanh", "tanh", "sigmoid", "softplus",
        "swish", "softmax", "logSoftmax",
      ])
  }
}
