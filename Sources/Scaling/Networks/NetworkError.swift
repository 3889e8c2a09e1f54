/// A network that cannot be read: where it says so, what was found and what was expected.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, or the name that was asked for.
  public let file: String
  /// The line, from 1; nil for the file as a whole.
  public let line: Int?
  /// What is wrong and what was expected.
  public let reason: String

  init(_ file: String, line: Int? = nil, _ reason: String) {
    self.file = file
    self.line = line
    self.reason = reason
  }

  /// One line: `lab.yaml:3: network.rate must be a number above 0, not "fast"`.
  public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(reason)" }
}
