import Graph
import Testing

/// Leaves that are shared, and the life of a graph.
@Suite struct TensorGraphTests {
  private let graph = TensorGraph()

  @Test func inputIsMadeOncePerName() {
    let first = graph.input("x", TensorType([2]))
    #expect(graph.input("x", TensorType([2])).value == first.value)
    #expect(graph.input("y", TensorType([2])).value != first.value)
  }

  @Test func constantIsMadeOncePerBitsAndShape() {
    let zero = graph.constant(0, [2])
    #expect(graph.constant(0, [2]).value == zero.value)
    #expect(graph.constant(0, [1]).value != zero.value)
    #expect(graph.constant(-0.0, [2]).value != zero.value)
    #expect(graph.constant(.nan).value == graph.constant(.nan).value)
  }

  /// A graph that holds tensors holds itself.
  @Test func graphEndsWithItsLastOwner() {
    weak var ended: TensorGraph?
    do {
      let graph = TensorGraph()
      _ = graph.input("x", TensorType([]))
      _ = graph.constant(1)
      ended = graph
    }
    #expect(ended == nil)
  }
}
