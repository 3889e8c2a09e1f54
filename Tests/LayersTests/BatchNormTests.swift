import Graph
import Layers
import Testing

@Suite struct BatchNormTests {
  @Test func hasPyTorchsParametersAndBuffers() throws {
    let built = try Built([BatchNorm()], on: [6, 4, 4])
    #expect(
      built.paths == [
        "layers.0.weight", "layers.0.bias", "layers.0.running_mean", "layers.0.running_var",
      ])
    #expect(built.shapes.allSatisfy { $0 == [6] })
    #expect(built.graph.parameters.map(\.isTrained) == [true, true, false, false])
    #expect(built.graph.parameters.map(\.initializer) == [.ones, .zeros, .zeros, .ones])
  }

  @Test func trainingUsesTheBatchsStatistics() throws {
    let built = try Built([BatchNorm(epsilon: 1e-3)], on: [6, 4, 4])
    #expect(built.ops == [.batchNorm(epsilon: 1e-3)])
  }

  @Test func inferenceUsesTheRunningAverages() throws {
    let built = try Built([BatchNorm(epsilon: 1e-3)], on: [6, 4, 4], mode: .inference)
    #expect(built.ops == [.batchNormInference(epsilon: 1e-3)])
    #expect(built.graph.updates.isEmpty)
    #expect(built.graph.nodes.last?.inputs.count == 5)
  }

  @Test func runningVarianceIsUnbiased() throws {
    let built = try Built([BatchNorm(momentum: 0.8)], on: [6, 4, 4], batch: 2)
    let updates = built.graph.updates
    #expect(updates.map(\.momentum) == [0.8, 0.8])
    #expect(updates.map(\.factor) == [1, 32 / Float(31)])
    #expect(updates.map(\.buffer) == built.graph.parameters.suffix(2).map(\.value))
    #expect(updates.map(\.statistic.output) == [1, 2])
  }

  @Test func aSingleValueAChannelHasAFiniteFactor() throws {
    let built = try Built([BatchNorm()], on: [6], batch: 1)
    #expect(built.graph.updates.map(\.factor) == [1, 1])
  }
}
