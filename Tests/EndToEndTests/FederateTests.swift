import Foundation
import Testing

extension EndToEnd {
  /// The federated example: one SHA-256 of the model, however it came about.
  @Suite struct FederateTests {
    static let job = "\(EndToEnd.root)/jobs/digits-fedavg.yaml"
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Runs to the end and returns the model's digest.
    private func digest(
      _ name: String, ranks: Int? = nil, set: [String] = [], resume: String? = nil
    ) throws -> String {
      var arguments = TrainedFolder.arguments(Self.job, folder(name), set: set, resume: resume)
      arguments[0] = "federate"
      let command = try Command.run(arguments, ranks: ranks, timeout: 120)
      try #require(command.exitCode == 0, "\(command.stdout)\(command.stderr)")
      let line = try #require(
        command.stdout.split(separator: "\n").first { $0.hasPrefix("model sha256 ") })
      return String(line.dropFirst(13))
    }

    @Test func modelIsTheSameOnAnyRanksInAnyOrderAndMasked() throws {
      let one = try digest("one")
      for ranks in 2...4 { #expect(try digest("\(ranks)", ranks: ranks) == one, "\(ranks) ranks") }
      #expect(try digest("order", ranks: 2, set: ["federated.order=shortestFirst"]) == one)
      #expect(try digest("masked", ranks: 2, set: ["privacy={secureAggregation: true}"]) == one)
      #expect(try digest("other", set: ["training.seed=8"]) != one)
    }

    @Test(arguments: [
      "fedAvg", "scaffold", "{fedDyn: {alpha: 0.1}}",
    ])
    func killedRunGoesOnWithOtherRanksToTheSameModel(algorithm: String) throws {
      let set = [
        "checkpoint.everyEpochs=1", "federated.algorithm=\(algorithm)",
        "federated.server={sgd: {momentum: 0.5}}", "federated.personal=[layers.4.bias]",
        "optimizer={sgd: {learningRate: 0.02}}",
      ]
      let whole = try digest("whole", set: set)
      let first = try digest("cut", ranks: 2, set: set + ["federated.rounds=6"])
      #expect(first != whole)
      #expect(try digest("cut", ranks: 3, set: set, resume: "auto") == whole)
    }

    @Test func asynchronousRunGoesOnToTheSameModel() throws {
      let set = [
        "checkpoint.everyEpochs=1", "federated.asynchronous={concurrency: 8, buffer: 3}",
        "federated.availability={speedDeviation: 1}", "federated.rounds=20",
      ]
      let whole = try digest("whole", set: set)
      _ = try digest("cut", ranks: 2, set: set + ["federated.rounds=11"])
      #expect(try digest("cut", ranks: 3, set: set, resume: "auto") == whole)
    }

    @Test func gossipGoesOnToTheSameModels() throws {
      let set = ["checkpoint.everyEpochs=1", "federated.gossip={exchanges: 1}"]
      let whole = try digest("whole", set: set)
      _ = try digest("cut", ranks: 2, set: set + ["federated.rounds=6"])
      #expect(try digest("cut", ranks: 3, set: set, resume: "auto") == whole)
    }

    @Test func silosOfAnyRanksGiveTheSameModel() throws {
      let shards = try FileManager.default.contentsOfDirectory(
        atPath: "\(EndToEnd.root)/Data/digits"
      ).count { $0.hasPrefix("train-") }
      let set = [
        "checkpoint.everyEpochs=1", "federated.partition=files", "federated.clients=data",
        "federated.cohort=all", "federated.algorithm=scaffold",
        "optimizer={sgd: {learningRate: 0.02}}", "federated.silos={count: \(shards)}",
      ]
      let whole = try digest("whole", ranks: shards, set: set)
      _ = try digest("cut", ranks: shards + 1, set: set + ["federated.rounds=6"])
      #expect(try digest("cut", ranks: shards + 2, set: set, resume: "auto") == whole)
    }

    @Test func killedProcessLeavesARunThatGoesOn() throws {
      let set = ["checkpoint.everyEpochs=1", "federated.rounds=60"]
      let whole = try digest("whole", set: set)
      var arguments = TrainedFolder.arguments(Self.job, folder("cut"), set: set)
      arguments[0] = "federate"
      let running = try RunningCommand(Command.words(arguments, ranks: 2))
      let metrics = folder("cut") + "/metrics.jsonl"
      let isUnderWay = running.wait(seconds: 60) {
        (try? String(contentsOfFile: metrics, encoding: .utf8))?.contains("\"round\":6,") ?? false
      }
      try #require(isUnderWay, "\(running.stdout)\(running.stderr)")
      try #require(running.kill())
      #expect(try digest("cut", ranks: 1, set: set, resume: "auto") == whole)
    }

    @Test func itLearns() throws {
      _ = try digest("run", set: ["federated.partition=iid"])
      #expect(try TrainedFolder(path: folder("run")).accuracy() > 0.93)
    }

    @Test func partitionIsShownWithoutTraining() throws {
      let shown = try Command.run("federate", Self.job, "--partition-only")
      #expect(shown.exitCode == 0)
      #expect(shown.stdout.hasPrefix("client     samples"))
      #expect(shown.stdout.split(separator: "\n").count == 42)
    }

    @Test(arguments: [
      (["federated.cohort=21"], Int32(2), "a cohort of 21 cannot be chosen from 20 clients"),
      (["federated.clients=9000"], 2, "9000 clients want 2 runs each"),
      (["federated.robust=median", "privacy={secureAggregation: true}"], 2, "which secure"),
      (["federated.silos={count: 3}"], 2, "3 silos need as many ranks, there are 2"),
      (["federated.silos={count: 2}"], 2, "silos hold a shard each"),
      (["training.compute=bfloat16"], 2, "clients compute in float32"),
      (["federated.gossip={}", "federated.robust=median"], 2, "federated.gossip has no server"),
      (
        ["privacy={clients: {clip: 1, noiseMultiplier: 1}}"], 2,
        "the accountants assume that every client is drawn by itself"
      ),
      (
        [
          "federated.cohort=all",
          "privacy={clients: {clip: 1, noiseMultiplier: 0.5}, budget: 0.1}",
        ], 2, "the privacy budget of 0.1 is spent"
      ),
    ])
    func whatCannotRunIsRefused(set: [String], code: Int32, message: String) throws {
      var arguments = TrainedFolder.arguments(Self.job, folder("bad"), set: set)
      arguments[0] = "federate"
      let command = try Command.run(arguments, ranks: 2)
      #expect(command.exitCode == code)
      #expect(command.stderr.contains(message), "\(command.stderr)")
    }

    @Test func budgetEndsTheRunBeforeItIsExceeded() throws {
      let set = [
        "federated.cohort={poisson: {rate: 0.5}}",
        "privacy={clients: {clip: 1, noiseMultiplier: 2}, budget: 4}",
      ]
      let spent = try digest("run", ranks: 2, set: set)
      #expect(try digest("run", set: set, resume: "auto") == spent)
      let rounds = try TrainedFolder(path: folder("run")).events("round")
      #expect((1..<10).contains(rounds.count))
      #expect(rounds.allSatisfy { ($0["epsilon"] as? Double ?? 99) <= 4 })
    }

    @Test func trainingWithoutEpochsIsSentToFederate() throws {
      let command = try Command.run("train", Self.job, "--output", folder("train"))
      #expect(command.exitCode == 2)
      #expect(command.stderr.contains("trireme federate"))
    }

    @Test func privacyIsComputedFromSettings() throws {
      let command = try Command.run(
        "privacy", "--rate", "0.004266666667", "--steps", "3515", "--noise", "1.3")
      #expect(command.exitCode == 0)
      #expect(command.stdout.contains("rdp      0.95"), "\(command.stdout)")
      #expect(command.stdout.contains("pld      0.86"), "\(command.stdout)")
    }
  }
}
