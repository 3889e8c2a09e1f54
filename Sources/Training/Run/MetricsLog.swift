import Foundation
import Glibc

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

  /// The most that is kept in memory while the file cannot be written.
  private static let pendingLimit = 4 << 20

  private var handle: FileHandle
  private let path: String
  /// Lines that could not be written yet.
  private var pending: [UInt8] = []
  private var hasWarned = false

  /// Opens the log for appending.
  package init(path: String) throws {
    self.path = path
    handle = try Self.open(path)
  }

  private static func open(_ path: String) throws -> FileHandle {
    if !FileManager.default.fileExists(atPath: path) {
      guard FileManager.default.createFile(atPath: path, contents: nil) else {
        throw Failure(.inputOutput, "\(path): cannot be created; check the folder's permissions")
      }
    }
    guard let handle = FileHandle(forWritingAtPath: path) else {
      throw Failure(.inputOutput, "\(path): cannot be opened for writing")
    }
    _ = try handle.seekToEnd()
    return handle
  }

  deinit { try? handle.close() }

  /// Appends an event. If the file cannot be written, warns once and keeps the line for later: a full
  /// disk is no reason to stop a training.
  package func write(
    _ event: String, _ values: KeyValuePairs<String, Value>, further: [(String, Value)] = []
  ) {
    var fields = ["\"event\":\(Value.text(event).json)"]
    for (key, value) in Array(values.map { ($0.key, $0.value) }) + further {
      fields.append("\"\(key)\":\(value.json)")
    }
    pending += Array(("{" + fields.joined(separator: ",") + "}\n").utf8)
    do {
      try writePending()
    } catch {
      if !hasWarned {
        Console.error("trireme: warning: \(error); lines are kept until it can")
        hasWarned = true
      }
      dropSurplus()
    }
  }

  /// Writes what is kept.
  ///
  /// - Throws: `Failure` naming the file and the system's reason.
  package func finish() throws { try writePending() }

  private func writePending() throws {
    do {
      // The folder may have gone and come back: then the open file has no name any more.
      if hasWarned || !pending.isEmpty && isUnlinked { handle = try Self.open(path) }
      // write(2) may take a part of the bytes before the disk is full; those must not come twice.
      var written = 0
      defer { pending.removeFirst(written) }
      while written < pending.count {
        let count = pending.withUnsafeBytes {
          Glibc.write(
            handle.fileDescriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
        }
        if count >= 0 {
          written += count
        } else if errno != EINTR {
          throw Failure(.inputOutput, String(cString: strerror(errno)))
        }
      }
      hasWarned = false
    } catch {
      throw Failure(.inputOutput, "\(path): cannot be written: \(error)")
    }
  }

  private var isUnlinked: Bool {
    var status = stat()
    return fstat(handle.fileDescriptor, &status) == 0 && status.st_nlink == 0
  }

  /// Forgets the oldest whole lines beyond the limit.
  private func dropSurplus() {
    guard pending.count > Self.pendingLimit,
      let end = pending.dropFirst(Self.pendingLimit / 2).firstIndex(of: 0x0A)
    else { return }
    pending.removeFirst(end + 1)
  }
}
