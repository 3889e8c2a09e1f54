import Graph
import Layers
import Testing

@Suite struct BranchTests {
  @Test func residualAddsWhatItGoesAround() throws {
    let built = try Built([Residual([Dense(units: 6)], activation: .relu)], on: [6])
    #expect(built.output.shape == [2, 6])
    #expect(built.paths == ["layers.0.layers.0.weight", "layers.0.layers.0.bias"])
    #expect(built.ops.suffix(2) == [.binary(.add), .unary(.relu)])
  }

  @Test func residualBuildsItsShortcutFirst() throws {
    let built = try Built(
      [
        Residual(
          [Conv2D(filters: 4, kernel: 3, strides: 2, padding: .same, useBias: false)],
          shortcut: [Conv2D(filters: 4, kernel: 1, strides: 2, useBias: false)])
      ], on: [2, 8, 8])
    #expect(built.output.shape == [2, 4, 4, 4])
    #expect(built.paths == ["layers.0.shortcut.0.weight", "layers.0.layers.0.weight"])
  }

  @Test func residualOfAnotherShapeIsRefused() throws {
    let error = try #require(buildError([Residual([Dense(units: 5)])], on: [6]))
    #expect(error.scope == "layers.0")
    #expect(error.reason.contains("2x5") && error.reason.contains("2x6"))
  }

  @Test(
    arguments: [
      (.concatenate, [2, 7]), (.add, [2, 4]), (.multiply, [2, 4]),
    ] as [(Parallel.Combination, Shape)])
  func branchesArePutTogether(combination: Parallel.Combination, shape: Shape) throws {
    let second = combination == .concatenate ? 3 : 4
    let built = try Built(
      [Parallel([[Dense(units: 4)], [Dense(units: second)]], combination: combination)], on: [5])
    #expect(built.output.shape == shape)
    #expect(built.paths.contains("layers.0.1.0.weight"))
  }

  @Test func branchesThatDifferCannotBeAdded() throws {
    let error = try #require(
      buildError([Parallel([[Dense(units: 4)], [Dense(units: 3)]], combination: .add)], on: [5]))
    #expect(error.reason.contains("2x4") && error.reason.contains("2x3"))
  }
}
