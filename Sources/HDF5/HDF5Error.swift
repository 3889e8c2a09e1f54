/// A failed HDF5 operation: what was called, on which file and object, and the library's own error
/// stack.
public struct HDF5Error: Error, Sendable, Equatable {
  /// One level of HDF5's error stack (`H5E_error2_t`).
  public struct Frame: Sendable, Equatable {
    /// The C function that reported this level.
    public let function: String
    /// What it said.
    public let message: String
    /// The class of the error, such as "Low-level I/O".
    public let major: String
    /// The error within its class, such as "Unable to open file".
    public let minor: String
  }

  /// The C function that failed, or the Swift function whose check refused the call before it was
  /// made.
  public let function: String
  /// The file and the object in it, such as `run.h5:/train/images`.
  public let path: String
  /// Why this library refused the call; `nil` when HDF5 itself reported the failure.
  public let reason: String?
  /// HDF5's error stack, the called function first, the root cause last; empty when `reason` says
  /// it.
  public let stack: [Frame]

  init(function: String, path: String, stack: [Frame]) {
    (self.function, self.path, self.reason, self.stack) = (function, path, nil, stack)
  }

  init(function: String, path: String, reason: String) {
    (self.function, self.path, self.reason, self.stack) = (function, path, reason, [])
  }
}

extension HDF5Error: CustomStringConvertible {
  /// One line: the path, the root cause, the function.
  public var description: String {
    "\(path): \(reason ?? cause) (\(function))"
  }

  /// The operating system's error number where HDF5 quotes one; `nil` if the system refused nothing.
  public var systemError: Int32? {
    for frame in stack.reversed() {
      guard let range = frame.message.range(of: "errno = ") else { continue }
      return Int32(frame.message[range.upperBound...].prefix { $0.isNumber })
    }
    return nil
  }

  /// The message of the innermost frame, reduced to the operating system's words where it quotes
  /// them.
  private var cause: String {
    guard let root = stack.last else { return "the call failed without a message" }
    // H5FD_sec2 writes: unable to open file: name = 'x.h5', errno = 2, error message = 'No such
    // file or directory', …
    let marker = "error message = '"
    guard let quoted = root.message.range(of: marker) else {
      return stack.count > 1 ? "\(root.message) [\(root.major): \(root.minor)]" : root.message
    }
    return String(root.message[quoted.upperBound...].prefix { $0 != "'" })
  }
}

extension String {
  /// The first place where `text` occurs.
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
