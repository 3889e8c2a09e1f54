import Foundation
import Testing

extension EndToEnd {
  /// Training with shortened gradients comes as far as without.
  @Suite struct CompressionTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ compression: String, _ name: String, set: [String] = []) throws
      -> TrainedFolder
    {
      try TrainedFolder.train(
        digits, in: folder(name), ranks: 2, set: ["parallel.compression=\(compression)"] + set)
    }

    private func accuracy(_ run: TrainedFolder) throws -> Double {
      try #require(run.events("evaluate").last?["accuracy"] as? Double)
    }

    /// Half a point of the test split of 360 is one sample. Signs alone need more epochs than the job's
    /// 20 to come as far, so all have 40.
    @Test(
      arguments: [
        "bf16", "fp16", "sign", "{topK: {share: 0.05}}", "{randomK: {share: 0.1}}",
        "{powerSGD: {rank: 4}}",
      ])
    func accuracyIsWithinHalfAPoint(compression: String) throws {
      let epochs = ["training.epochs=40"]
      let plain = try accuracy(run("none", "plain", set: epochs))
      let short = try accuracy(run(compression, "short", set: epochs))
      #expect(short >= plain - 0.005)
    }

    @Test(
      arguments: [
        "bf16", "sign", "{topK: {share: 0.05}}", "{randomK: {share: 0.1}}", "{powerSGD: {rank: 4}}",
      ])
    func resumedRunHasTheBitsOfTheWhole(compression: String) throws {
      let whole = try run(compression, "whole", set: ["training.steps=20"])
      _ = try run(compression, "cut", set: ["training.steps=9"])
      let cut = try TrainedFolder.train(
        digits, in: folder("cut"), ranks: 2,
        set: ["parallel.compression=\(compression)", "training.steps=20"], resume: "auto")
      try expectEqual(whole.latest, cut.latest)
    }

    /// The arrays of a checkpoint in parts include what PowerSGD has found.
    @Test func factorsSurviveACheckpointInParts() throws {
      let set = ["checkpoint.layout=perRank"]
      let whole = try run("{powerSGD: {rank: 2}}", "whole", set: ["training.steps=12"] + set)
      _ = try run("{powerSGD: {rank: 2}}", "cut", set: ["training.steps=5"] + set)
      let cut = try TrainedFolder.train(
        digits, in: folder("cut"), ranks: 2,
        set: ["parallel.compression={powerSGD: {rank: 2}}", "training.steps=12"] + set,
        resume: "auto")
      let comparison = try Command.run("checkpoint", "compare", whole.latest, cut.latest)
      #expect(comparison.exitCode == 0, "\(comparison.stdout)")
    }

    @Test func bytesOfGradientsAreReported() throws {
      let plain = try run("none", "plain", set: ["training.steps=1"])
      let half = try run("bf16", "half", set: ["training.steps=1"])
      let bytes = try [plain, half].map {
        try #require($0.events("start").first?["gradientBytes"] as? Int)
      }
      #expect(bytes[0] == 2 * bytes[1])
    }
  }
}
