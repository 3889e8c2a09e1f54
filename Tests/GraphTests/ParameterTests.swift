import Graph
import Testing

@Suite struct ParameterTests {
  private let graph = TensorGraph()

  @Test func parametersKeepTheOrderOfTheirFirstVisit() throws {
    try graph.withScope("b") { () throws(GraphError) in
      _ = try graph.parameter("weight", [2], .zeros)
      _ = try graph.parameter("bias", [2], .ones)
    }
    try graph.withScope("a") { () throws(GraphError) in
      _ = try graph.parameter("weight", [3], .zeros)
    }
    _ = try graph.withScope("b") { () throws(GraphError) in
      try graph.parameter("weight", [2], .zeros)
    }
    #expect(graph.parameters.map(\.path) == ["b.weight", "b.bias", "a.weight"])
    #expect(graph.parameters.map(\.shape) == [[2], [2], [3]])
  }

  @Test func scopesNest() throws {
    try graph.withScope("features") { () throws(GraphError) in
      try graph.withScope("0") { () throws(GraphError) in
        _ = try graph.parameter("weight", [2], .zeros)
      }
      try graph.withScope("") { () throws(GraphError) in
        _ = try graph.parameter("gain", [], .ones)
      }
    }
    #expect(graph.parameters.map(\.path) == ["features.0.weight", "features.gain"])
    #expect(graph.nodes.map(\.scope) == ["features.0", "features"])
  }

  @Test func scopeEndsWithAnError() {
    #expect(throws: GraphError.self) {
      try graph.withScope("broken") { () throws(GraphError) in throw GraphError("x", "y") }
    }
    #expect(graph.scope == "")
  }

  @Test func onePathIsOneTensor() throws {
    let first = try graph.parameter("weight", [2, 3], .zeros)
    let second = try graph.parameter("weight", [2, 3], .ones)
    #expect(first.value == second.value)
    #expect(graph.parameters.count == 1)
    #expect(graph.parameters[0].initializer == .zeros)
  }

  @Test func onePathOfTwoShapesIsRefused() throws {
    _ = try graph.withScope("layer") { () throws(GraphError) in
      try graph.parameter("weight", [2, 3], .zeros)
    }
    let error = #expect(throws: GraphError.self) {
      try graph.withScope("layer") { () throws(GraphError) in
        try graph.parameter("weight", [3, 2], .zeros)
      }
    }
    #expect(
      error?.description
        == "layer: parameter: layer.weight is 2x3 and cannot also be 3x2")
  }

  @Test func buffersAreMarked() throws {
    _ = try graph.parameter("weight", [2], .zeros)
    let mean = try graph.parameter("mean", [2], .zeros, isTrained: false)
    graph.update(mean, with: graph.constant(1, [2]), momentum: 0.9, factor: 1.5)
    #expect(graph.parameters.map(\.isTrained) == [true, false])
    #expect(graph.updates.map(\.buffer) == [mean.value])
    #expect(graph.updates.map(\.momentum) == [0.9])
    #expect(graph.updates.map(\.factor) == [1.5])
  }

  @Test func equalConstantsAreOneNode() {
    let a = graph.constant(2, [3])
    let b = graph.constant(2, [3])
    let c = graph.constant(2, [4])
    #expect(a.value == b.value)
    #expect(a.value != c.value)
    #expect(graph.nodes.count == 2)
  }
}
