import Checkpoints
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

  /// The checkpoint to start from, nil to start from the beginning.
  ///
  /// - Throws: `Failure` if another run would be written over; `CheckpointError` if there are
  ///   checkpoints, but none can be read.
  func start(_ resume: Trainer.Resume) throws -> String? {
    switch resume {
    case .never:
      guard !hasRun else {
        throw Failure(
          .usage,
          "\(path) is not empty; add --resume auto to go on from its last checkpoint, or choose another --output"
        )
      }
      return nil
    case .auto:
      guard let newest = try CheckpointFolder(checkpoints).newestReadable() else { return nil }
      for error in newest.rejected { Console.error("trireme: passed over: \(error)") }
      return newest.checkpoint.path
    case .path(let checkpoint):
      // To rewind a run in its own folder is meant; to mix two runs in one folder is not.
      guard !hasRun || Self.real(checkpoint).hasPrefix(Self.real(checkpoints) + "/") else {
        throw Failure(
          .usage,
          "\(path) is not empty, and \(checkpoint) is not one of its checkpoints; choose another --output"
        )
      }
      return checkpoint
    }
  }

  private static func real(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }

  /// Makes the folder and sees that it can be written.
  func create() throws {
    do {
      try FileManager.default.createDirectory(
        atPath: checkpoints, withIntermediateDirectories: true)
    } catch {
      throw Failure(
        .inputOutput,
        "\(path): cannot be made (\(Failure.reason(of: error))); choose another --output")
    }
    guard FileManager.default.isWritableFile(atPath: checkpoints) else {
      throw Failure(.inputOutput, "\(checkpoints): cannot be written; choose another --output")
    }
  }
}
