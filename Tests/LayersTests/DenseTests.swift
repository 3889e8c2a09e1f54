import Graph
import Layers
import Testing

@Suite struct DenseTests {
  @Test func hasPyTorchsLayout() throws {
    let built = try Built([Dense(units: 3)], on: [4])
    #expect(built.paths == ["layers.0.weight", "layers.0.bias"])
    #expect(built.shapes == [[3, 4], [3]])
    #expect(built.output.shape == [2, 3])
  }

  @Test func multipliesByTheTransposedWeightThenAddsBiasThenActivates() throws {
    let built = try Built([Dense(units: 3, activation: .relu)], on: [4])
    #expect(
      built.ops == [
        .matmul(transposeA: false, transposeB: true), .addBias(axis: 1), .unary(.relu),
      ])
  }

  @Test func withoutBiasHasOneParameter() throws {
    let built = try Built([Dense(units: 3, useBias: false)], on: [4])
    #expect(built.paths == ["layers.0.weight"])
  }

  @Test func actsOnTheLastAxis() throws {
    let built = try Built([Dense(units: 3)], on: [7, 4])
    #expect(built.output.shape == [2, 7, 3])
    #expect(built.shapes == [[3, 4], [3]])
  }

  @Test func startsAsKerasDoes() throws {
    let built = try Built([Dense(units: 3)], on: [4])
    #expect(built.graph.parameters.map(\.initializer) == [.glorotUniform, .zeros])
  }

  @Test func biasMayStartFromTheLayersOwnFan() throws {
    let layer = Dense(
      units: 3, kernelInitializer: .kaimingUniform(negativeSlope: Float(5).squareRoot()),
      biasInitializer: .fanUniform(fan: 0))
    let built = try Built([layer], on: [4])
    #expect(built.graph.parameters[1].initializer == .fanUniform(fan: 4))
  }

  @Test func refusesAnImpossibleNumberOfUnits() {
    #expect(
      buildError([Dense(units: 0)], on: [4])?.description
        == "layers.0: dense: units must be positive, is 0")
  }
}
