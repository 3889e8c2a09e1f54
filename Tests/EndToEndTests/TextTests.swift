import Foundation
import HDF5
import Testing

extension EndToEnd {
  /// A small transformer on a text that repeats itself: trained, resumed, evaluated, continued.
  @Suite struct TextTests {
    static let sentence = "the oars keep one stroke. "
    let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      let text = Array(String(repeating: Self.sentence, count: 40).unicodeScalars.map(String.init))
      let vocabulary = Set(text).sorted()
      let ids = text.map { UInt8(vocabulary.firstIndex(of: $0) ?? 0) }
      for (name, part) in [("train.h5", ids[..<800]), ("test.h5", ids[800...])] {
        let file = try File.create(folder(name), mode: .exclusive)
        try file.createDataset("tokens", shape: [part.count], of: UInt8.self).write(Array(part))
        try file.attributes.set("vocabulary", vocabulary)
        try file.close()
      }
      try """
      data: {train: train.h5, test: test.h5, window: 16, epochWindows: 96}
      model:
        input: [16]
        layers:
          - embedding: {tokens: \(vocabulary.count), units: 16, initializer: {normal: {deviation: 0.1}}}
          - positionEmbedding
          - transformerDecoder: {heads: 2, dropout: 0.05}
          - layerNorm
          - dense: {units: \(vocabulary.count), useBias: false, sharedWeight: layers.0.weight}
      loss: softmaxCrossEntropy
      metrics: [perplexity]
      optimizer: {adam: {learningRate: 0.01}}
      training: {steps: 60, globalBatch: 16, microBatches: 4, seed: 3}
      """.write(toFile: folder("text.yaml"), atomically: true, encoding: .utf8)
    }

    private func train(
      _ name: String, ranks: Int? = nil, set: [String] = [], resume: String? = nil
    ) throws -> TrainedFolder {
      try TrainedFolder.train(
        folder("text.yaml"), in: folder(name), ranks: ranks, set: set, resume: resume)
    }

    @Test func ranksAndInterruptionsLeaveTheBitsAlone() throws {
      let whole = try train("whole", set: ["training.steps=20"])
      _ = try train("parts", ranks: 2, set: ["training.steps=11"])
      let parts = try train("parts", ranks: 3, set: ["training.steps=20"], resume: "auto")
      try expectEqual(whole.checkpoint(20), parts.checkpoint(20))
    }

    @Test func textIsLearntAndContinued() throws {
      let run = try train("run", set: ["training.steps=400"])
      let evaluation = try Command.run("evaluate", run.latest, "--json")
      let values = try #require(
        try JSONSerialization.jsonObject(with: Data(evaluation.stdout.utf8)) as? [String: Any])
      let (loss, perplexity) = (values["loss"] as? Double, values["perplexity"] as? Double)
      #expect(try #require(loss) < 0.5)
      #expect(abs(try #require(perplexity) - exp(try #require(loss))) < 1e-6)

      func continued(_ arguments: String...) throws -> String {
        try Command.run(["predict", run.latest, "--prompt", "the oars"] + arguments).stdout
      }
      let likeliest = try continued("--length", "40", "--temperature", "0")
      #expect((Self.sentence + Self.sentence).hasPrefix(likeliest.dropLast().prefix(40)))
      #expect(likeliest.count == 8 + 40 + 1)
      let drawn = try continued("--seed", "4", "--temperature", "1.5")
      #expect(try continued("--seed", "4", "--temperature", "1.5") == drawn)
      #expect(try continued("--seed", "5", "--temperature", "1.5") != drawn)
    }

    @Test func strangeLettersAreNamed() throws {
      let run = try train("run", set: ["training.steps=1"])
      let command = try Command.run("predict", run.latest, "--prompt", "the X")
      #expect(command.exitCode == 2)
      #expect(command.stderr.contains("\"X\", which the model has never seen"))
    }

    @Test(arguments: [2, 3]) func shortTextEndsAllRanks(ranks: Int) throws {
      let command = try Command.run(
        TrainedFolder.arguments(
          folder("text.yaml"), folder("short"),
          set: ["data.window=900", "model.input.0=900"]), ranks: ranks)
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains("train.h5: holds 800 tokens"))
    }
  }
}
