import Collectives
import Foundation
import Testing

/// What `auto` would choose on clusters that are not at hand.
@Suite struct AllReduceModelTests {
  private func best(_ bytes: Int, nodes: Int, ranksPerNode: Int) -> AllReduceChoice? {
    AllReduceChoice.allCases.min {
      cost($0, bytes, nodes, ranksPerNode) < cost($1, bytes, nodes, ranksPerNode)
    }
  }

  private func cost(
    _ choice: AllReduceChoice, _ bytes: Int, _ nodes: Int, _ ranksPerNode: Int
  ) -> Double {
    AllReduceModel().microseconds(choice, bytes: bytes, nodes: nodes, ranksPerNode: ranksPerNode)
  }

  @Test func fewBytesAreDoubled() {
    #expect(best(4096, nodes: 4, ranksPerNode: 1) == .doubling)
    #expect(best(4, nodes: 64, ranksPerNode: 1) == .doubling)
  }

  @Test func manyBytesTakeTheHierarchy() {
    #expect(best(64 << 20, nodes: 4, ranksPerNode: 8) == .hierarchical)
  }

  @Test func oneNodeSharesMemory() {
    for bytes in [4, 4096, 64 << 20] {
      #expect(best(bytes, nodes: 1, ranksPerNode: 4) == .window)
    }
  }

  @Test func largeBuffersOfLoneRanksAvoidWholeExchanges() {
    let choice = best(64 << 20, nodes: 4, ranksPerNode: 1)
    #expect(choice != .doubling && choice != .window)
  }

  @Test func modelSurvivesAFile() throws {
    var model = AllReduceModel()
    model.network = .init(latency: 12.5, rate: 3)
    let data = try JSONEncoder().encode(model)
    #expect(try JSONDecoder().decode(AllReduceModel.self, from: data) == model)
  }
}
