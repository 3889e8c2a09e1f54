import Checkpoints
import Testing

@Suite struct CheckpointComparisonTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func compare(
    _ first: CheckpointContents, _ second: CheckpointContents
  ) throws -> CheckpointComparison {
    try CheckpointComparison(
      CheckpointReader(CheckpointWriter.write(first, toFolder: folder("a"))),
      CheckpointReader(CheckpointWriter.write(second, toFolder: folder("b"))))
  }

  @Test func equalCheckpointsAreEqual() throws {
    let comparison = try compare(checkpoint(), checkpoint())
    #expect(comparison.isEqual)
    #expect(comparison.description == "equal")
  }

  @Test func numberOfRanksDoesNotCount() throws {
    var other = checkpoint()
    other.state.worldSize = 7
    #expect(try compare(checkpoint(), other).isEqual)
  }

  @Test func oneBitIsADifference() throws {
    let comparison = try compare(checkpoint(first: 0.1), checkpoint(first: Float(0.1).nextUp))
    let distance = Float(0.1).nextUp - 0.1
    #expect(
      comparison.differences
        == ["model", "optimizer/first"].map {
          .values(path: "\($0)/features.0.weight", count: 1, of: 6, maximum: distance)
        })
  }

  @Test func zerosOfBothSignsDiffer() throws {
    let comparison = try compare(checkpoint(first: 0), checkpoint(first: -0.0))
    #expect(
      comparison.differences.first
        == .values(path: "model/features.0.weight", count: 1, of: 6, maximum: 0))
  }

  @Test func equalNaNsAreEqual() throws {
    #expect(try compare(checkpoint(first: .nan), checkpoint(first: .nan)).isEqual)
  }

  @Test func pathsInOneOnlyAndShapesAreListed() throws {
    var first = checkpoint()
    var second = checkpoint()
    first.optimizer = [:]
    second.optimizer = [:]
    first.model.append(CheckpointTensor(path: "a", shape: [1], values: [0]))
    second.model.append(CheckpointTensor(path: "b", shape: [1], values: [0]))
    first.model.append(CheckpointTensor(path: "c", shape: [2, 1], values: [0, 0]))
    second.model.append(CheckpointTensor(path: "c", shape: [1, 2], values: [0, 0]))
    #expect(
      try compare(first, second).differences == [
        .onlyInFirst(path: "model/a"),
        .shape(path: "model/c", first: [2, 1], second: [1, 2]),
        .onlyInSecond(path: "model/b"),
      ])
  }

  @Test func stateIsCompared() throws {
    var other = checkpoint(step: 37, seed: 4)
    other.state.numbers["schedule.rate"] = 0.2
    other.state.texts["note"] = nil
    #expect(
      try compare(checkpoint(), other).differences == [
        .state(name: "numbers/schedule.rate", first: "0.1", second: "0.2"),
        .state(name: "seed", first: "\(UInt64.max)", second: "4"),
        .state(name: "texts/note", first: "", second: "(missing)"),
      ])
  }
}
