import Testing

extension EndToEnd {
  /// `training.lossScale: dynamic`.
  @Suite struct LossScaleTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func scales(_ run: TrainedFolder) throws -> [Double] {
      try run.events("train").map { try #require($0["lossScale"] as? Double) }
    }

    /// Gradients as halves overflow beyond 65504, which those of a training that leaps do at first.
    @Test(arguments: [2, 3, 4])
    func scaleIsHalvedUntilGradientsFitAndKeptOverAResume(ranks: Int) throws {
      let set = [
        "training.lossScale=dynamic", "parallel.compression=fp16", "training.microBatches=auto",
        "optimizer={sgd: {learningRate: 100, momentum: 0.9, average: 0.9}}",
      ]
      let whole = try TrainedFolder.train(
        iris, in: folder("whole"), ranks: ranks, set: set + ["training.steps=40"])
      let skipped = try whole.events("skip").count
      #expect(skipped > 0)
      let seen = try scales(whole)
      #expect(seen.first == 65536)
      #expect(seen.last == 65536 / Double(1 << skipped))
      for cut in [2, 4] {
        let run = folder("cut\(cut)")
        _ = try TrainedFolder.train(
          iris, in: run, ranks: ranks, set: set + ["training.steps=\(cut)"])
        let rest = try TrainedFolder.train(
          iris, in: run, ranks: ranks, set: set + ["training.steps=40"], resume: "auto")
        try expectEqual(whole.latest, rest.latest)
      }
    }

    @Test(arguments: [1, 2])
    func scaleIsDoubledAfterTwoThousandStepsAlsoOverAResume(ranks: Int) throws {
      let set = ["training.lossScale=dynamic", "training.microBatches=2"]
      let job = "\(root)/jobs/bench-small-mlp.yaml"
      let whole = try TrainedFolder.train(
        job, in: folder("whole"), ranks: ranks, set: set + ["training.steps=2002"])
      let seen = try scales(whole)
      #expect(Array(seen[1998...]) == [65536, 65536, 131072, 131072])
      _ = try TrainedFolder.train(
        job, in: folder("cut"), ranks: ranks, set: set + ["training.steps=1500"])
      let rest = try TrainedFolder.train(
        job, in: folder("cut"), ranks: ranks, set: set + ["training.steps=2002"], resume: "auto")
      try expectEqual(whole.latest, rest.latest)
    }
  }
}
