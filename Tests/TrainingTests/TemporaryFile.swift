import Foundation

/// A file name that is free, and the file goes with the value that made it.
final class TemporaryFile {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(
    "trireme-training-\(UUID().uuidString)"
  ).path

  init(_ text: String? = nil) throws {
    try text?.write(toFile: path, atomically: true, encoding: .utf8)
  }

  func text() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
