import Engine
import Graph
import Testing

/// Winograd's algorithm in plans that cut a batch into tiles.
@Suite struct WinogradTests {
  /// Pooled results and gradients of a rectified convolution of some samples.
  struct Run {
    let kernels: [String]
    let pooled, filter, bias: [Float]
  }

  /// A batch whose result is larger than a core's cache is convolved and pooled in two tiles, to the bits
  /// of two batches.
  @Test(arguments: [3, 5]) func tilesHaveTheBitsOfBatches(window: Int) throws {
    let x = ThinProductTests.Network.values(6 * 16 * 64 * 64, 0)
    let whole = try Self.run(x, samples: 6, window)
    let parts = try [x.prefix(x.count / 2), x.suffix(x.count / 2)].map {
      try Self.run(Array($0), samples: 3, window)
    }
    #expect(whole.kernels.filter { $0 == "winograd" }.count == 4)
    #expect(parts[0].kernels.filter { $0 == "winograd" }.count == 2)
    #expect(whole.pooled == parts[0].pooled + parts[1].pooled)
    #expect(whole.filter == zip(parts[0].filter, parts[1].filter).map { $0 + $1 })
    #expect(whole.bias == zip(parts[0].bias, parts[1].bias).map { $0 + $1 })
  }

  private static func run(_ values: [Float], samples: Int, _ window: Int) throws -> Run {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType([samples, 16, 64, 64]))
    let filter = try graph.parameter("filter", [16, 16, window, window], .zeros)
    let bias = try graph.parameter("bias", [16], .zeros)
    let pooled = try x.convolved(with: filter, Window(size: [window, window]))
      .addingBias(bias, axis: 1)(.relu)
      .pooled(.maximum, Window(size: [2, 2], strides: [2, 2]))
    let loss = try (pooled * pooled).sum()
    let targets = graph.parameters.map { graph.tensor($0.value) }
    let plan = try Plan(
      graph, fetching: [pooled],
      results: try graph.gradients(of: loss, withRespectTo: targets) + [loss])
    let executor = try Executor(plan)
    try executor.setInput("x", values)
    for (index, parameter) in graph.parameters.enumerated() {
      try executor.setParameter(
        parameter.path,
        ThinProductTests.Network.values(parameter.shape.count, UInt64(index + 1)))
    }
    try executor.run()
    return Run(
      kernels: plan.stepNames.map(\.kernel),
      pooled: Array(try #require(executor.value(of: pooled))),
      filter: try plan.parameters.unpack(0, from: executor.resultBase),
      bias: try plan.parameters.unpack(1, from: executor.resultBase))
  }
}
