import Foundation

/// The output folder of a run: `job.yaml`, `metrics.jsonl`, `checkpoints/`.
public struct RunFolder: Sendable {
  /// The folder.
  public let path: String

  /// The folder at `path`, which need not exist yet.
  public init(_ path: String) { self.path = path }

  /// The resolved job.
  public var jobFile: String { path + "/job.yaml" }
  /// The events.
  public var metricsFile: String { path + "/metrics.jsonl" }
  /// The checkpoints.
  public var checkpoints: String { path + "/checkpoints" }
  /// A link to the newest checkpoint.
  public var latest: String { checkpoints + "/latest" }

  /// Made by a person to ask for a checkpoint.
  public var saveFile: String { path + "/save" }
  /// Made by a person to ask for a checkpoint and an end.
  public var stopFile: String { path + "/stop" }

  /// Whether a run has been here.
  var hasRun: Bool {
    let content = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return !content.isEmpty
  }

  /// Makes the folder and sees that it can be written.
  func create() throws {
    do {
      try FileManager.default.createDirectory(
        atPath: checkpoints, withIntermediateDirectories: true)
    } catch {
      throw Failure(
        .inputOutput,
        "\(path): cannot be made (\(error.localizedDescription)); choose another --output")
    }
    guard FileManager.default.isWritableFile(atPath: checkpoints) else {
      throw Failure(.inputOutput, "\(checkpoints): cannot be written; choose another --output")
    }
  }
}
