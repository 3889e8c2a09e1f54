/// A job that cannot be run as written: where it says so, what was found and what was expected.
public struct JobError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where the fault was written.
  public enum Place: Hashable, Sendable, CustomStringConvertible {
    /// A file as a whole.
    case file(String)
    /// A line of a file, counted from 1.
    case line(Int, file: String)
    /// An override, as it was given: `training.epochs=3`.
    case override(String)

    /// For example `jobs/x.yaml:12` or `--set training.epochs=many`.
    public var description: String {
      switch self {
      case .file(let file): file
      case .line(let line, let file): "\(file):\(line)"
      case .override(let text): "--set \(text)"
      }
    }
  }

  /// Where the fault was written.
  public let place: Place
  /// What is wrong and what was expected.
  public let reason: String

  /// An error at `place`.
  public init(_ place: Place, _ reason: String) {
    self.place = place
    self.reason = reason
  }

  /// One line: `jobs/x.yaml:12: unknown key "fitlers" in conv2d; did you mean "filters"?`
  public var description: String { "\(place): \(reason)" }
}
