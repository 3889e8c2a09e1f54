import Foundation

/// A folder that goes with the value that made it.
final class TemporaryFolder {
  let path: String

  init() throws {
    // Short: Open MPI puts sockets below, whose names may have 107 bytes.
    let name = "trireme-" + UUID().uuidString.prefix(8)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  /// The path of a file or folder in it.
  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a text file and returns its path.
  func write(_ text: String, as name: String) throws -> String {
    try text.write(toFile: self(name), atomically: true, encoding: .utf8)
    return self(name)
  }

  /// Copies a file's first bytes (all of them by default) and returns the copy's path.
  func copy(_ file: String, as name: String, prefix: Int? = nil) throws -> String {
    let content = try Data(contentsOf: URL(fileURLWithPath: file))
    try content.prefix(prefix ?? content.count).write(to: URL(fileURLWithPath: self(name)))
    return self(name)
  }

  deinit {
    // The daemon that Open MPI starts for a process without mpirun may be clearing up in here still,
    // and removal gives up on files that go meanwhile.
    for _ in 0..<100 {
      try? FileManager.default.removeItem(atPath: path)
      guard FileManager.default.fileExists(atPath: path) else { return }
      usleep(10_000)
    }
  }
}
