import Foundation

/// `metrics.jsonl`: one JSON object a line, keys in a fixed order, appended and flushed line by line.
package final class MetricsLog {
  /// A value of an event.
  package enum Value: Sendable {
    case text(String)
    case integer(Int)
    case number(Double)
    case none

    fileprivate var json: String {
      switch self {
      case .text(let text): Self.quoted(text)
      case .integer(let value): String(value)
      // JSON knows no NaN and no infinity.
      case .number(let value): value.isFinite ? "\(value)" : "null"
      case .none: "null"
      }
    }

    private static func quoted(_ text: String) -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .withoutEscapingSlashes
      return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
  }

  private let handle: FileHandle
  private let path: String

  /// Opens the log for appending.
  package init(path: String) throws {
    self.path = path
    if !FileManager.default.fileExists(atPath: path) {
      guard FileManager.default.createFile(atPath: path, contents: nil) else {
        throw Failure(.inputOutput, "\(path): cannot be created; check the folder's permissions")
      }
    }
    guard let handle = FileHandle(forWritingAtPath: path) else {
      throw Failure(.inputOutput, "\(path): cannot be opened for writing")
    }
    self.handle = handle
    _ = try handle.seekToEnd()
  }

  deinit { try? handle.close() }

  /// Appends an event.
  package func write(
    _ event: String, _ values: KeyValuePairs<String, Value>, further: [(String, Value)] = []
  ) throws {
    var fields = ["\"event\":\(Value.text(event).json)"]
    for (key, value) in Array(values.map { ($0.key, $0.value) }) + further {
      fields.append("\"\(key)\":\(value.json)")
    }
    do {
      try handle.write(contentsOf: Data(("{" + fields.joined(separator: ",") + "}\n").utf8))
    } catch {
      throw Failure(.inputOutput, "\(path): cannot be written: \(Failure.reason(of: error))")
    }
  }
}
