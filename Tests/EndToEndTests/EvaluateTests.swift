import Foundation
import Testing

extension EndToEnd {
  @Suite struct EvaluateTests {
    let folder: TemporaryFolder
    let run: TrainedFolder

    init() throws {
      folder = try TemporaryFolder()
      run = try TrainedFolder.train(digits, in: folder("run"), set: ["training.steps=60"])
    }

    /// The object that `--json` prints.
    private func object(_ arguments: String..., ranks: Int? = nil) throws -> [String: Double] {
      let command = try Command.run(["evaluate", run.latest, "--json"] + arguments, ranks: ranks)
      let object = try JSONSerialization.jsonObject(with: Data(command.stdout.utf8))
      return try #require(object as? [String: Double], "\(command.stdout)\(command.stderr)")
    }

    @Test func figuresAreThoseOfTheTraining() throws {
      let object = try object()
      let event = try #require(try run.events("evaluate").last)
      #expect(Set(object.keys) == ["loss", "accuracy", "samples"])
      #expect(object["accuracy"] == event["accuracy"] as? Double)
      #expect(object["loss"] == event["loss"] as? Double)
    }

    @Test func figuresDoNotDependOnTheNumberOfRanks() throws {
      #expect(try object(ranks: 3) == object())
    }

    @Test func textShowsLossAccuracyAndSamples() throws {
      let command = try Command.run("evaluate", run.latest)
      #expect(command.stdout.contains(/^loss \d\.\d{4}  accuracy 0\.\d{4}  on 360 samples\n$/))
    }

    @Test func namedShardsAreEvaluated() throws {
      let object = try object(
        "--data", data("digits/train-00.h5"), data("digits/train-01.h5"), ranks: 2)
      #expect(object["samples"] == 804)
    }

    @Test(arguments: [nil, 2]) func dataOfAnotherShapeIsRefused(ranks: Int?) throws {
      let command = try Command.run(
        "evaluate", run.latest, "--data", data("iris/test.h5"), ranks: ranks)
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains("1x8x8"), "\(command.stderr)")
      #expect(command.messages == 1, "\(command.stderr)")
    }
  }
}
