import Foundation

/// Runs `body` with a new folder, which is removed afterwards.
@discardableResult
func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.path + "/interchange-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// Runs `body` with the path of a new file of the given bytes.
@discardableResult
func withFile<R>(_ name: String, _ bytes: Data, _ body: (String) throws -> R) throws -> R {
  try withTemporaryFolder { folder in
    let path = folder + "/" + name
    try bytes.write(to: URL(fileURLWithPath: path))
    return try body(path)
  }
}
