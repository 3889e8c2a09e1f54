import Testing

extension EndToEnd {
  /// 100 steps of the main job: four whole epochs with their shorter last batches, and a part.
  @Suite struct BitIdentityTests {
    let folder: TemporaryFolder
    let steps = ["training.steps=100"]

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [2, 4]) func parametersAreThoseOfOneRank(ranks: Int) throws {
      let one = try TrainedFolder.train(digits, in: folder("one"), set: steps)
      let many = try TrainedFolder.train(digits, in: folder("many"), ranks: ranks, set: steps)
      try expectEqual(one.latest, many.latest)
    }

    @Test func parametersAreTheSameTwiceInARow() throws {
      let first = try TrainedFolder.train(digits, in: folder("first"), ranks: 2, set: steps)
      let second = try TrainedFolder.train(digits, in: folder("second"), ranks: 2, set: steps)
      try expectEqual(first.latest, second.latest)
    }

    @Test(arguments: ["ring", "auto"])
    func withoutFixedMicroBatchesTheSameRanksGiveTheSameBits(algorithm: String) throws {
      let set = steps + ["training.microBatches=auto", "parallel.allReduce=\(algorithm)"]
      let first = try TrainedFolder.train(digits, in: folder("first"), ranks: 2, set: set)
      let second = try TrainedFolder.train(digits, in: folder("second"), ranks: 2, set: set)
      try expectEqual(first.latest, second.latest)
    }

    @Test func comparisonTellsSeedsApart() throws {
      let one = try TrainedFolder.train(iris, in: folder("one"), set: ["training.steps=3"])
      let other = try TrainedFolder.train(
        iris, in: folder("other"), set: ["training.steps=3", "training.seed=8"])
      let comparison = try Command.run("checkpoint", "compare", one.latest, other.latest)
      #expect(comparison.exitCode == 1)
      #expect(comparison.stdout.contains("layers.0.weight: 40 of 40 elements differ"))
    }
  }
}
