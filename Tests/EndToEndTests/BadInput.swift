import Foundation
import Testing

/// A training that must be refused before anything is written.
struct BadInput: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let exitCode: Int32
  /// What the message names, with `FOLDER` for the folder of the fixtures.
  let names: [String]
  /// Makes the fixtures and returns the arguments but for the output.
  let arguments: @Sendable (TemporaryFolder) throws -> [String]

  private init(
    _ description: String, _ exitCode: Int32, _ names: [String],
    _ arguments: @escaping @Sendable (TemporaryFolder) throws -> [String]
  ) {
    (testDescription, self.exitCode, self.names) = (description, exitCode, names)
    self.arguments = arguments
  }

  /// The main job with keys set.
  private static func digits(_ set: String...) -> [String] {
    ["train", EndToEnd.digits] + set.flatMap { ["--set", $0] }
  }

  /// The main job with text replaced, and paths that still lead to its data.
  private static func digits(
    in folder: TemporaryFolder, replacing old: String, by new: String
  ) throws -> [String] {
    let text = try String(contentsOfFile: EndToEnd.digits, encoding: .utf8)
      .replacingOccurrences(of: "../Data", with: EndToEnd.data(""))
    try #require(text.contains(old))
    return [
      "train", try folder.write(text.replacingOccurrences(of: old, with: new), as: "job.yaml"),
    ]
  }

  static let all = data + job + files

  private static let data = [
    BadInput("a missing shard", 65, ["FOLDER/none-0.h5"]) {
      digits("data.train=\($0("none-0.h5"))")
    },
    BadInput("a pattern that matches nothing", 65, ["FOLDER/none-*.h5"]) {
      digits("data.train=\($0("none-*.h5"))")
    },
    BadInput("a truncated shard", 65, ["FOLDER/short.h5", "truncated"]) {
      digits(
        "data.train=\(try $0.copy(EndToEnd.data("digits/train-01.h5"), as: "short.h5", prefix: 20_000))"
      )
    },
    BadInput("a shard that is no HDF5 file", 65, ["FOLDER/text.h5"]) {
      digits("data.train=\(try $0.write("hello", as: "text.h5"))")
    },
    BadInput("a shard with another shape", 65, ["FOLDER/b.h5", "[64]", "[1, 8, 8]"]) {
      let first = try BadShards.write($0("a.h5"))
      let second = try BadShards.write($0("b.h5"), shape: [64])
      return digits("data.train=[\(first), \(second)]")
    },
    BadInput("data of another shape than the model's input", 65, ["train", "1x9x9", "1x8x8"]) {
      digits("data.train=\(try BadShards.write($0("a.h5"), shape: [1, 9, 9]))")
    },
    BadInput("labels out of range", 65, ["FOLDER/a.h5", "/labels[5]", "11"]) {
      let shard = try BadShards.write($0("a.h5")) { $1[5] = 11 }
      return digits("data.train=\(shard)", "training.globalBatch=8")
    },
  ]

  private static let job = [
    BadInput("an unknown key", 2, ["globalBach", "did you mean \"globalBatch\"?"]) { _ in
      digits("training.globalBach=32")
    },
    BadInput("an unknown key in the file", 2, ["job.yaml:", "pading", "did you mean \"padding\"?"])
    {
      try digits(in: $0, replacing: "padding: same", by: "pading: same")
    },
    BadInput("a value of the wrong type", 2, ["globalBatch", "integer", "\"many\""]) { _ in
      digits("training.globalBatch=many")
    },
    BadInput("an impossible layer", 2, ["job.yaml:", "layers.2", "20x20", "32x8x8"]) {
      try digits(in: $0, replacing: "maxPool2d: {size: 2}", by: "maxPool2d: {size: 20}")
    },
    BadInput(
      "more micro-batches than samples in a batch", 2, ["microBatches (4)", "globalBatch (2)"]
    ) { _ in digits("training.globalBatch=2") },
    BadInput("a missing job file", 2, ["FOLDER/none.yaml", "No such file"]) {
      ["train", $0("none.yaml")]
    },
    BadInput("a job file that is no YAML", 2, ["FOLDER/job.yaml:2"]) {
      ["train", try $0.write("data: {\n]", as: "job.yaml")]
    },
    BadInput("an unknown flag", 2, ["--frobnicate", "trireme train --help"]) { _ in
      digits() + ["--frobnicate"]
    },
  ]

  private static let files = [
    BadInput("a checkpoint of another model", 74, ["layers.0.weight", "[10, 4]", "[16, 1, 3, 3]"]) {
      let iris = try TrainedFolder.train(EndToEnd.iris, in: $0("iris"), set: ["training.steps=1"])
      return digits() + ["--resume", iris.latest]
    },
    BadInput("a damaged checkpoint", 74, ["FOLDER/broken.h5", "truncated"]) {
      let run = try TrainedFolder.train(EndToEnd.digits, in: $0("a"), set: ["training.steps=1"])
      return digits() + ["--resume", try $0.copy(run.latest, as: "broken.h5", prefix: 60_000)]
    },
    BadInput("a missing checkpoint", 74, ["FOLDER/none.h5", "No such file"]) {
      digits() + ["--resume", $0("none.h5")]
    },
  ]
}
