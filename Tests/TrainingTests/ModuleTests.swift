import Graph
import Layers
import Testing
import Training

/// A layer as a user would write it.
struct Doubling: Module {
  static let name = "doubling"

  var factor: Float = 2
  var units = 3
  var label = "plain"

  func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try Dense(units: units)(x, &context, as: "inner").scaled(by: factor)
  }
}

@Suite struct ModuleTests {
  private func job(_ layer: String) throws -> Job {
    Doubling.register()
    return try Job(
      text: """
        data: synthetic
        model:
          input: [4]
          layers:
            - \(layer)
        loss: meanSquaredError
        optimizer: sgd
        training: {steps: 1}
        """, file: "/x.yaml")
  }

  private func error(_ layer: String) -> String {
    do {
      _ = try job(layer)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func aRegisteredModuleIsALayerOfTheJob() throws {
    let job = try job("doubling: {units: 5}")
    #expect(job.model.layers.layers.first?.isEqual(to: Doubling(units: 5)) == true)
    let graph = try PredictionGraph(model: job.model, loss: job.loss, batchSize: 2)
    #expect(graph.output.shape == [2, 5])
    #expect(
      graph.graph.parameters.map(\.path) == ["layers.0.inner.weight", "layers.0.inner.bias"])
  }

  @Test func aBareNameTakesTheDefaults() throws {
    #expect(try job("doubling").model.layers.layers.first?.isEqual(to: Doubling()) == true)
  }

  @Test func theResolvedJobKeepsItsSettings() throws {
    let first = try job("doubling: {factor: 0.1, label: \"7\"}")
    #expect(try Job(text: first.yaml, file: "/y.yaml") == first)
  }

  @Test func refusesKeysThatItDoesNotHave() {
    #expect(
      error("doubling: {unitz: 5}")
        == "/x.yaml:5: unknown key \"unitz\" in doubling; did you mean \"units\"?")
  }

  @Test func refusesValuesOfAnotherType() {
    #expect(error("doubling: {units: many}").hasPrefix("/x.yaml:5: \"units\" in doubling: "))
  }

  @Test func itsOwnRefusalNamesTheLayersLine() {
    #expect(error("doubling: {units: 0}").hasPrefix("/x.yaml:5: "))
  }

  @Test func unknownNamesAreStillRefused() {
    #expect(error("dubling").contains("did you mean \"doubling\"?"))
  }
}
