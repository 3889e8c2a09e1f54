import Graph
import Layers
import Testing

@Suite struct ModelTests {
  @Test func nestedChainsMakeDottedPaths() throws {
    let built = try Built(
      [Dense(units: 4), [Activation.relu, Dense(units: 3, useBias: false)] as Sequential], on: [5])
    #expect(built.paths == ["layers.0.weight", "layers.0.bias", "layers.1.1.weight"])
  }

  @Test func refusesFeaturesOfAnotherShape() {
    let graph = TensorGraph()
    var context = BuildContext(graph: graph, batchSize: 2)
    let features = graph.input("features", TensorType([2, 7]))
    let model = Model(inputShape: [4], layers: [Dense(units: 3)])
    #expect(throws: GraphError("model", "features must be N x 4, are 2x7")) {
      try model.logits(features, &context)
    }
  }

  @Test func modelsAreEqualIfTheirLayersAre() {
    let first = Model(inputShape: [4], layers: [Dense(units: 3), Flatten()])
    #expect(first == Model(inputShape: [4], layers: [Dense(units: 3), Flatten()]))
    #expect(first != Model(inputShape: [4], layers: [Dense(units: 2), Flatten()]))
    #expect(first != Model(inputShape: [4], layers: [Flatten(), Dense(units: 3)]))
    #expect(first != Model(inputShape: [4], layers: [Dense(units: 3)]))
    #expect(Set([first, first]).count == 1)
  }
}
