import Foundation
import Testing

extension EndToEnd {
  /// What a training says about memory before it takes any.
  @Suite struct MemoryTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func needIsPrintedBeforeTraining() throws {
      let command = try Command.run(
        TrainedFolder.arguments(iris, folder("run"), set: ["training.epochs=1"]), ranks: 2)
      #expect(command.stdout.contains(/memory .+ a rank: parameters .+, optimizer/))
    }

    @Test(arguments: [1, 2]) func moreThanThereIsIsRefusedAtOnce(ranks: Int) throws {
      // Parameters, Adam's two arrays, gradients and the checkpoint's copy: 28 bytes for each of 4e10
      // weights.
      let job = try folder.write(
        """
        data: {synthetic: {samples: 8}}
        model: {input: [200000], layers: [dense: {units: 200000}, dense: {units: 2}]}
        loss: softmaxCrossEntropy
        optimizer: adam
        training: {steps: 1, globalBatch: 4, microBatches: 2}
        """, as: "huge.yaml")
      let command = try Command.run(
        TrainedFolder.arguments(job, folder("run")), ranks: ranks)
      #expect(command.exitCode == 2, "\(command.stdout)\(command.stderr)")
      #expect(command.stderr.contains("of memory"), "\(command.stderr)")
      #expect(command.stderr.contains("are available: "), "\(command.stderr)")
      #expect(!FileManager.default.fileExists(atPath: folder("run")))
    }
  }
}
