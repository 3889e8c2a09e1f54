import Foundation
import Testing

extension EndToEnd {
  @Suite struct InspectionTests {
    @Test(.enabled(if: Command.isInstalled("dot")), arguments: [[], ["--training"]])
    func graphIsReadByGraphviz(options: [String]) throws {
      let folder = try TemporaryFolder()
      let graph = try Command.run(["graph", digits] + options)
      let file = try folder.write(graph.stdout, as: "graph.dot")
      let drawing = try Command.run(words: ["dot", "-Tplain", file])
      #expect(drawing.exitCode == 0, "\(drawing.stderr)")
      #expect(drawing.stdout.contains("layers.1.weight"))
    }

    @Test func graphNamesTheJob() throws {
      let graph = try Command.run("graph", digits, "--batch", "3")
      #expect(graph.stdout.hasPrefix("digraph \"digits-cnn\" {"))
      #expect(graph.stdout.contains("3x1x8x8"))
    }

    @Test(arguments: [nil, 2]) func benchPrintsOneObject(ranks: Int?) throws {
      let command = try Command.run(
        "bench", "train", "\(root)/jobs/bench-small-mlp.yaml", "--json", "--steps", "5",
        ranks: ranks)
      #expect(command.exitCode == 0, "\(command.stderr)")
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(command.stdout.utf8)) as? [String: Any])
      let ops = try #require(object["ops"] as? [[String: Any]])
      #expect(object["stepMicroseconds"] as? Double ?? 0 > 0)
      #expect(object["samplesPerSecond"] as? Double ?? 0 > 0)
      #expect(ops.contains { $0["op"] as? String == "matmul" })
    }

    @Test func benchNeedsNoData() throws {
      let command = try Command.run(
        "bench", "train", "\(root)/jobs/cifar-cnn.yaml", "--steps", "2", "--warmup", "1", ranks: 2)
      #expect(command.exitCode == 0, "\(command.stderr)")
      #expect(command.stdout.contains(/step [\d.]+ us \(median\)/))
    }

    @Test func dataIsDescribed() throws {
      let command = try Command.run("data", "inspect", data("digits/train-*.h5"))
      #expect(command.exitCode == 0)
      #expect(command.stdout.contains("1437 in 4 shards"), "\(command.stdout)")
    }

    @Test func missingDataIsNamed() throws {
      let command = try Command.run("data", "inspect", "/none.h5")
      #expect(command.exitCode == 65)
      #expect(command.stderr == "trireme: no file matches /none.h5\n")
    }

    @Test func checkpointIsDescribed() throws {
      let folder = try TemporaryFolder()
      let run = try TrainedFolder.train(iris, in: folder("run"), set: ["training.steps=7"])
      let command = try Command.run("checkpoint", "inspect", run.latest)
      #expect(command.exitCode == 0)
      #expect(command.stdout.contains("step        7,"), "\(command.stdout)")
      #expect(command.stdout.contains("layers.1.bias [3]"))
    }

    @Test(arguments: ["inspect", "compare"]) func missingCheckpointIsNamed(verb: String) throws {
      let files = verb == "compare" ? ["/none.h5", "/none.h5"] : ["/none.h5"]
      let command = try Command.run(["checkpoint", verb] + files)
      #expect(command.exitCode == 74)
      #expect(command.stderr.hasPrefix("trireme: /none.h5: No such file"))
    }
  }
}
