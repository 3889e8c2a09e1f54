import Graph
import Layers
import Testing

@Suite struct DropoutTests {
  @Test func saltsCountTheDropoutLayersInOrder() throws {
    let built = try Built(
      [
        Dropout(rate: 0.5), Dense(units: 3), Dropout(rate: 0.25),
        [Dropout(rate: 0.1)] as Sequential,
      ], on: [4])
    let dropouts = built.ops.filter { if case .dropout = $0 { true } else { false } }
    #expect(
      dropouts == [
        .dropout(rate: 0.5, salt: 0), .dropout(rate: 0.25, salt: 1), .dropout(rate: 0.1, salt: 2),
      ])
  }

  @Test func allLayersShareOneInputOfKeys() throws {
    let built = try Built([Dropout(rate: 0.5), Dropout(rate: 0.25)], on: [4], batch: 3)
    let keys = built.graph.nodes.filter { $0.op == .input(name: "randomKeys") }
    #expect(keys.map(\.outputs) == [[TensorType([3, 2], .int32)]])
    #expect(built.context.randomKeys?.value.node == keys.first?.index)
  }

  @Test func isTheIdentityInInference() throws {
    let built = try Built([Dropout(rate: 0.5)], on: [4], mode: .inference)
    #expect(built.ops.isEmpty)
    #expect(built.context.randomKeys == nil)
  }

  @Test func refusesARateOfOne() {
    #expect(buildError([Dropout(rate: 1)], on: [4])?.scope == "layers.0")
  }
}
