import Engine
import Graph
import Testing

/// Whole networks: fusions, reorders, memory that is used again.
@Suite struct EngineNetworkTests {
  static let networks =
    OpCase.networks + OpCase.largeNetworks + OpCase.layouts + OpCase.largeLayouts
    + OpCase.fusions + OpCase.largeFusions

  @Test(arguments: networks) func valuesAndGradientsAgree(_ sample: OpCase) throws {
    let built = try sample.built()
    let gradients = built.gradients.map(\.tensor)
    let run = try EngineRun(built, fetching: built.results + gradients)
    try run.executor.run()
    let wanted = try run.reference(of: built.results + gradients)
    for (index, tensor) in built.results.enumerated() {
      expectClose(
        try run.values(of: tensor), wanted[index], within: Tolerance.value, "result \(index)")
    }
    for (gradient, wanted) in zip(built.gradients, wanted.dropFirst(built.results.count)) {
      expectClose(
        try run.values(of: gradient.tensor), wanted, within: Tolerance.gradient,
        "gradient of \(gradient.leaf.name)")
    }
  }

  /// As training does it: no value is fetched but the loss, gradients go to the flat array.
  @Test(arguments: networks) func gradientsInTheResultArrayAgree(_ sample: OpCase) throws {
    let built = try sample.built()
    let gradients = built.gradients.filter { $0.leaf.role == .parameter }
    let run = try EngineRun(built, fetching: [], results: gradients.map(\.tensor) + [built.loss])
    try run.executor.run()
    let lossNode = built.graph.nodes[built.loss.value.node]
    let terms = built.graph.tensor(
      lossNode.op.name == "sum" ? lossNode.inputs[0] : built.loss.value)
    let wanted = try run.reference(of: gradients.map(\.tensor) + [built.loss, terms])
    let plan = run.executor.plan
    for (index, gradient) in gradients.enumerated() {
      let found = try plan.parameters.unpack(index, from: run.executor.resultBase)
      expectClose(
        found, wanted[index], within: Tolerance.gradient, "gradient of \(gradient.leaf.name)")
    }
    let loss = run.executor.resultBase[plan.results[gradients.count].offset]
    // The loss is a sum whose terms cancel; its scale is that of the terms.
    let scale = wanted[gradients.count + 1].reduce(0) { $0 + abs($1) }
    #expect(abs(loss - wanted[gradients.count][0]) <= Tolerance.value * scale)
  }

  /// A step may not destroy what the next run still needs.
  @Test(arguments: networks) func secondRunGivesTheSameBits(_ sample: OpCase) throws {
    let built = try sample.built()
    let tensors = built.results + built.gradients.map(\.tensor)
    let run = try EngineRun(built, fetching: tensors)
    try run.executor.run()
    let first = try tensors.map { try run.values(of: $0).map(\.bitPattern) }
    try run.executor.run()
    let second = try tensors.map { try run.values(of: $0).map(\.bitPattern) }
    #expect(first == second)
  }

  /// Each value alone lives in other memory, and is fused with other neighbours, than all at once.
  @Test(arguments: OpCase.networks + OpCase.layouts + OpCase.shared + OpCase.fusions)
  func eachValueFetchedAloneAgrees(_ sample: OpCase) throws {
    let built = try sample.built()
    let tensors = built.results + [built.loss] + built.gradients.map(\.tensor)
    for (index, tensor) in tensors.enumerated() {
      let run = try EngineRun(built, fetching: [tensor])
      try run.executor.run()
      expectClose(
        try run.values(of: tensor), try run.reference(of: [tensor])[0], within: Tolerance.gradient,
        "value \(index)")
    }
  }

  /// Each value of the graph, forward and backward, fetched beside the loss: nothing may be fused away
  /// or overwritten before it is read.
  @Test(arguments: OpCase.networks + OpCase.fusions + [OpCase.networkOfBlocks])
  func valuesInTheMiddleAgree(_ sample: OpCase) throws {
    let built = try sample.built()
    let tensors = built.graph.nodes.flatMap { node in
      node.outputs.indices.filter { node.outputs[$0].element == .float32 }.map {
        built.graph.tensor(.init(node: node.index, output: $0))
      }
    }
    let wanted = try built.reference(of: tensors)
    for (tensor, values) in zip(tensors, wanted) {
      let run = try EngineRun(built, fetching: [tensor, built.loss])
      try run.executor.run()
      expectClose(
        try run.values(of: tensor), values, within: Tolerance.gradient,
        "\(built.graph.nodes[tensor.value.node].op.name), node \(tensor.value.node)")
    }
  }

  @Test func executorsOfOnePlanDoNotShareMemory() throws {
    let built = try OpCase.classifier(batch: 2, channels: 3, extent: 8, filters: 16).built()
    let one = try EngineRun(built, fetching: [built.loss])
    let other = try Executor(one.executor.plan)
    try one.executor.run()
    let before = try one.values(of: built.loss)
    try other.run()
    #expect(try one.values(of: built.loss) == before)
  }
}
