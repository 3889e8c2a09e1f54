import Engine
import Graph
import Testing

/// How much memory a training step takes.
@Suite struct MemoryUseTests {
  @Test func arenaOfAnImageNetworkHoldsLittleButWhatIsAlive() throws {
    let graph = TensorGraph()
    let loss = try Self.imageNetwork(graph, batch: 32)
    try expectTight(graph, loss)
  }

  @Test func arenaOfAResidualNetworkHoldsLittleButWhatIsAlive() throws {
    let built = try OpCase.residualNetwork(batch: 32, channels: 16, extent: 32).built()
    try expectTight(built.graph, built.loss)
  }

  /// Activations are kept for the backward pass once, not twice: what is alive is at most the
  /// activations that gradients read, twice the largest one, and the kernels' scratch memory.
  @Test func activationsAreKeptOnce() throws {
    let graph = TensorGraph()
    let loss = try Self.imageNetwork(graph, batch: 32)
    let report = try Self.trainingPlan(graph, loss).report
    // 32 images: 32 channels of 30x30, 32 of 15x15, 64 of 13x13, 64 of 6x6, 64 of 4x4.
    let activations = 4 * 32 * (32 * 900 + 32 * 225 + 64 * 169 + 64 * 36 + 64 * 16)
    let largest = 4 * 32 * 32 * 900
    #expect(report.liveBytes < activations + 2 * largest + report.scratchBytes)
  }

  private func expectTight(_ graph: TensorGraph, _ loss: Tensor) throws {
    let report = try Self.trainingPlan(graph, loss).report
    #expect(report.liveBytes > 0)
    #expect(Double(report.arenaBytes) <= 1.5 * Double(report.liveBytes))
  }

  private static func trainingPlan(_ graph: TensorGraph, _ loss: Tensor) throws -> Plan {
    let targets = graph.parameters.map { graph.tensor($0.value) }
    return try Plan(
      graph, results: try graph.gradients(of: loss, withRespectTo: targets) + [loss])
  }

  /// conv 32 - pool - conv 64 - pool - conv 64 - flatten - dense 64 - dense 10, 3x3 valid, rectified.
  private static func imageNetwork(_ graph: TensorGraph, batch: Int) throws -> Tensor {
    func convolved(_ x: Tensor, _ filters: Int, _ name: String) throws -> Tensor {
      let weight = try graph.parameter("\(name).weight", [filters, x.shape[1], 3, 3], .zeros)
      let bias = try graph.parameter("\(name).bias", [filters], .zeros)
      return try x.convolved(with: weight, Window(size: [3, 3])).addingBias(bias, axis: 1)(.relu)
    }
    func dense(_ x: Tensor, _ units: Int, _ name: String) throws -> Tensor {
      let weight = try graph.parameter("\(name).weight", [units, x.shape[1]], .zeros)
      let bias = try graph.parameter("\(name).bias", [units], .zeros)
      return try x.matmul(weight, transposeB: true).addingBias(bias, axis: 1)
    }
    let pool = Window(size: [2, 2], strides: [2, 2])
    let x = graph.input("x", TensorType([batch, 3, 32, 32]))
    let labels = graph.input("labels", TensorType([batch], .int32))
    let one = try convolved(x, 32, "0").pooled(.maximum, pool)
    let two = try convolved(one, 64, "2").pooled(.maximum, pool)
    let hidden = try dense(convolved(two, 64, "4").flattened(), 64, "6")(.relu)
    return try dense(hidden, 10, "7").softmaxCrossEntropy(labels: labels).sum()
  }
}
