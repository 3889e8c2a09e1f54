import Graph
import Testing

@Suite struct CostTests {
  private let graph = TensorGraph()

  private func cost(_ tensor: Tensor) -> Cost { graph.cost(of: tensor.value.node) }

  @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
  func productCountsTwoAMultiplyAdd(_ transposeA: Bool, _ transposeB: Bool) throws {
    let a = graph.input("a", TensorType(transposeA ? [4, 2] : [2, 4]))
    let b = graph.input("b", TensorType(transposeB ? [3, 4] : [4, 3]))
    let c = try a.matmul(b, transposeA: transposeA, transposeB: transposeB)
    #expect(cost(c) == Cost(flops: 2 * 2 * 3 * 4, bytes: 4 * (8 + 12 + 6)))
  }

  /// Forward, input gradient and filter gradient visit the same products.
  @Test func convolutionAndItsGradientsCostTheSame() throws {
    let x = graph.input("x", TensorType([2, 4, 9, 9]))
    let filter = try graph.parameter("filter", [6, 2, 3, 3], .zeros)
    let y = try x.convolved(with: filter, Window(size: [3, 3], strides: [2, 2]), groups: 2)
    let gradients = try graph.gradients(of: y.sum(), withRespectTo: [x, filter])
    let flops = 2 * (2 * 6 * 4 * 4) * (2 * 3 * 3)
    #expect(cost(y).flops == flops)
    #expect(gradients.map { cost($0).flops } == [flops, flops])
  }

  @Test func elementwiseOpsCountTheirResults() throws {
    let a = graph.input("a", TensorType([2, 3]))
    let b = graph.input("b", TensorType([3]))
    #expect(cost(try a + b) == Cost(flops: 6, bytes: 4 * (6 + 3 + 6)))
    #expect(cost(try a(.gelu)) == Cost(flops: 6, bytes: 4 * 12))
    #expect(cost(try a.sum()) == Cost(flops: 6, bytes: 4 * 7))
  }

  @Test func leavesAndReshapesAreFree() throws {
    let a = graph.input("a", TensorType([2, 3]))
    #expect(cost(a) == Cost(flops: 0, bytes: 0))
    #expect(cost(try a.flattened().reshaped(to: [6])) == Cost(flops: 0, bytes: 0))
    #expect(cost(try a.transposed([1, 0])) == Cost(flops: 0, bytes: 48))
  }

  @Test func poolingCountsItsWindow() throws {
    let x = graph.input("x", TensorType([2, 3, 4, 4]))
    let y = try x.pooled(.maximum, Window(size: [2, 2], strides: [2, 2]))
    #expect(cost(y).flops == 2 * 3 * 2 * 2 * 4)
  }
}
