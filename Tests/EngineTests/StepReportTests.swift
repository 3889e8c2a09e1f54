import Engine
import Graph
import Testing

/// What a plan says about its steps.
@Suite struct StepReportTests {
  /// Also where a convolution is computed in tiles, some of whose steps only add.
  @Test(arguments: [1, 32]) func stepsShareTheCostOfTheirNodes(batch: Int) throws {
    let built = try OpCase.classifier(batch: batch, channels: 3, extent: 32, filters: 32).built()
    let gradients = built.gradients.filter { $0.leaf.role == .parameter }.map(\.tensor)
    let plan = try Plan(built.graph, results: gradients + [built.loss])
    #expect(plan.stepCosts.count == plan.stepCount)
    for op in ["convolution", "convolution filter gradient", "maximum pool"] {
      let nodes = built.graph.nodes.filter { $0.op.name == op }
      let wanted = nodes.reduce(0) { $0 + built.graph.cost(of: $1.index).flops }
      let found = plan.stepNames.indices.filter { plan.stepNames[$0].op == op }
        .reduce(0) { $0 + plan.stepCosts[$1].flops }
      #expect(found == wanted, "\(op)")
    }
  }

  @Test func stepsNameTheirLayers() throws {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType([2, 3]))
    let y = try graph.withScope("layers.0") { () throws(GraphError) in try x(.exponential) }
    let plan = try Plan(graph, fetching: [y])
    #expect(plan.stepNames.first?.op == "exponential")
    #expect(plan.stepNames.first?.scope == "layers.0")
  }

  @Test func reordersAreCountedAndCostNothing() throws {
    let built = try OpCase.networkOfBlocks.built()
    let plan = try Plan(built.graph, fetching: built.results)
    let reorders = plan.stepNames.indices.filter { plan.stepNames[$0].op == "reorder" }
    #expect(!reorders.isEmpty)
    #expect(plan.report.reorders == reorders.count)
    #expect(reorders.allSatisfy { plan.stepCosts[$0] == Cost() })
  }
}
