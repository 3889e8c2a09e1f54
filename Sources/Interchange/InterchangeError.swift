/// Why weights could not be taken over from, or given to, another program.
public enum InterchangeError: Error, Sendable, Equatable {
  /// A file could not be read or written.
  case unreadable(file: String, reason: String)
  /// A file is not what it should be: damaged, hostile, or of a format that is not understood.
  case malformed(file: String, problem: String)
  /// The tensors of a file are not those of the model; the text has one line a tensor.
  case mismatch(file: String, list: String)
  /// The model holds something that the other format cannot say.
  case unsupported(what: String)
}

extension InterchangeError: CustomStringConvertible {
  /// The file first; one line, but for a mismatch.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): \(reason)"
    case .malformed(let file, let problem): "\(file): \(problem)"
    case .mismatch(let file, let list): "\(file): does not fit the job's model\n\(list)"
    case .unsupported(let what): what
    }
  }
}
