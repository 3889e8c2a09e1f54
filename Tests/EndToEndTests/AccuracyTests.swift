import Foundation
import Testing

extension EndToEnd {
  @Suite struct AccuracyTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func digitsAreToldApartAfterTrainingOnTwoRanks() throws {
      let run = try TrainedFolder.train(digits, in: folder("run"), ranks: 2)
      #expect(try run.accuracy() >= 0.97)
    }

    /// The library is told to leave out the processor's instructions for bfloat16.
    @Test func arithmeticThatTheProcessorLacksIsNotedOnceAndLeftOut() throws {
      let losses = try ["float32", "bfloat16"].map { compute in
        let path = folder(compute)
        let command = try Command.run(
          words: Command.words(
            TrainedFolder.arguments(
              digits, path, set: ["training.steps=3", "training.compute=\(compute)"]), ranks: 2),
          environment: ["DNNL_MAX_CPU_ISA": "AVX2"])
        #expect(command.exitCode == 0, "\(command.stderr)")
        let notes = command.stderr.components(separatedBy: "has no instructions for bfloat16")
        #expect(notes.count == (compute == "bfloat16" ? 2 : 1), "\(command.stderr)")
        return try TrainedFolder(path: path).events("train").map { $0["loss"] as? Double }
      }
      #expect(losses[0] == losses[1])
    }

    @Test func irisesAreToldApart() throws {
      let run = try TrainedFolder.train(iris, in: folder("run"), ranks: 2)
      #expect(try run.accuracy() >= 0.93)
    }

    @Test func accuracyIsPrintedAsItIsLogged() throws {
      let command = try Command.run(
        TrainedFolder.arguments(iris, folder("run"), set: ["training.epochs=20"]), ranks: 2)
      let accuracy = try TrainedFolder(path: folder("run")).accuracy()
      let printed = String(format: "accuracy %.4f  on 30 samples", accuracy)
      #expect(command.stdout.contains(printed), "\(command.stdout)")
    }

    @Test func lastEvaluationIsOfTheLastStepEvenInMidEpoch() throws {
      let run = try TrainedFolder.train(digits, in: folder("run"), set: ["training.steps=30"])
      #expect(try run.events("evaluate").map { $0["step"] as? Int } == [23, 30])
    }
  }

  @Suite struct OutputFolderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func metricsHoldTheEventsOfARun() throws {
      let run = try TrainedFolder.train(
        digits, in: folder("run"), ranks: 2,
        set: ["training.steps=30", "checkpoint.everySteps=20"])
      let kinds = try run.events().compactMap { $0["event"] as? String }
      let steps = { Array(repeating: "train", count: $0) }
      // A checkpoint is reported once it is written, while the training goes on; slow ranks, if any are.
      #expect(
        kinds.filter { $0 != "checkpoint" && $0 != "straggler" }
          == ["start"] + steps(23) + ["evaluate"] + steps(7) + ["evaluate", "end"])
      #expect(try run.events("checkpoint").map { $0["step"] as? Int } == [20, 30])
    }

    @Test func eventsHoldTheAgreedKeys() throws {
      let run = try TrainedFolder.train(digits, in: folder("run"), set: ["training.steps=23"])
      let wanted: [String: Set<String>] = [
        "start": ["step", "epoch", "ranks", "threads", "microBatches", "parameters", "samples"],
        "train": ["step", "epoch", "loss", "samplesPerSecond", "learningRate"],
        "evaluate": ["split", "step", "loss", "accuracy"],
        "checkpoint": ["step", "path"],
        "end": ["step", "epoch"],
      ]
      for event in try run.events() {
        let keys = try #require(wanted[event["event"] as? String ?? ""], "\(event)")
        #expect(keys.isSubset(of: event.keys), "\(event)")
      }
    }

    @Test func resolvedJobTrainsTheSameModel() throws {
      let set = ["training.steps=20", "optimizer.adam.learningRate=0.002"]
      let first = try TrainedFolder.train(digits, in: folder("first"), set: set)
      let second = try TrainedFolder.train(first.jobFile, in: folder("second"))
      try expectEqual(first.latest, second.latest)
    }

    @Test func onlyTheNewestCheckpointsAreKept() throws {
      let run = try TrainedFolder.train(
        digits, in: folder("run"),
        set: ["training.steps=25", "checkpoint.everySteps=5", "checkpoint.keep=2"])
      let names = try FileManager.default.contentsOfDirectory(atPath: run.path + "/checkpoints")
      #expect(names.sorted() == ["latest", "step-00000020.h5", "step-00000025.h5"])
    }

    @Test(.enabled(if: Command.isInstalled("h5dump")))
    func checkpointIsReadableByOtherTools() throws {
      let run = try TrainedFolder.train(iris, in: folder("run"), set: ["training.epochs=2"])
      let dump = try Command.run(words: ["h5dump", "-H", run.latest])
      #expect(dump.exitCode == 0)
      #expect(dump.stdout.contains(#"DATASET "layers.0.weight""#))
    }

    @Test func outputOffATerminalIsPlainLines() throws {
      let command = try Command.run(
        TrainedFolder.arguments(digits, folder("run"), set: ["training.epochs=2"]), ranks: 2)
      let bytes = command.stdout.utf8
      #expect(!bytes.contains(0x1B) && !bytes.contains(0x0D))
      #expect(command.stdout.split(separator: "\n").count == 6, "\(command.stdout)")
    }
  }
}
