import Foundation
import Testing

/// The output folder of a training.
struct TrainedFolder {
  let path: String

  var jobFile: String { path + "/job.yaml" }
  var latest: String { path + "/checkpoints/latest" }

  /// The checkpoint of a step.
  func checkpoint(_ step: Int) -> String {
    path + String(format: "/checkpoints/step-%08d.h5", step)
  }

  /// Trains to the end.
  static func train(
    _ job: String, in path: String, ranks: Int? = nil, set: [String] = [], resume: String? = nil
  ) throws -> TrainedFolder {
    let command = try Command.run(
      arguments(job, path, set: set, resume: resume), ranks: ranks, timeout: 120)
    try #require(command.exitCode == 0, "\(command.stdout)\(command.stderr)")
    return TrainedFolder(path: path)
  }

  static func arguments(
    _ job: String, _ path: String, set: [String] = [], resume: String? = nil
  ) -> [String] {
    ["train", job, "--output", path] + set.flatMap { ["--set", $0] }
      + (resume.map { ["--resume", $0] } ?? [])
  }

  // MARK: - Events

  /// The lines of `metrics.jsonl`, each of which must be a JSON object.
  func events() throws -> [[String: Any]] {
    let text = try String(contentsOfFile: path + "/metrics.jsonl", encoding: .utf8)
    try #require(text.hasSuffix("\n"))
    return try text.split(separator: "\n").map {
      try #require(
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\($0)")
    }
  }

  /// The events of one kind.
  func events(_ kind: String) throws -> [[String: Any]] {
    try events().filter { $0["event"] as? String == kind }
  }

  /// The test accuracy at the end.
  func accuracy() throws -> Double {
    try #require(try events("evaluate").last?["accuracy"] as? Double)
  }

  /// The last step in the log of a run that may be writing it; 0 before the first.
  var stepInProgress: Int {
    guard let text = try? String(contentsOfFile: path + "/metrics.jsonl", encoding: .utf8) else {
      return 0
    }
    let steps = text.matches(of: /"event":"train","step":(\d+)/).last
    return steps.flatMap { Int($0.1) } ?? 0
  }
}

/// Expects two checkpoints to be equal to the bit, by our own command and by HDF5's.
func expectEqual(
  _ first: String, _ second: String, location: SourceLocation = #_sourceLocation
) throws {
  let comparison = try Command.run("checkpoint", "compare", first, second)
  #expect(comparison.exitCode == 0, "\(comparison.stdout)", sourceLocation: location)
  guard Command.isInstalled("h5diff") else { return }
  let difference = try Command.run(words: ["h5diff", first, second])
  #expect(difference.exitCode == 0, "\(difference.stdout)", sourceLocation: location)
}
