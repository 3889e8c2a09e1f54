/// Why a source cannot be imported: names the file, the place in it, and what was expected.
public struct ImportError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  public let file: String
  /// Where in it, such as `line 7, column 3`; may be empty.
  public let place: String
  /// What is wrong, and what to do.
  public let problem: String

  /// An error in `file`, at `place`.
  public init(_ file: String, _ place: String = "", _ problem: String) {
    (self.file, self.place, self.problem) = (file, place, problem)
  }

  /// One line with the file first.
  public var description: String {
    place.isEmpty ? "\(file): \(problem)" : "\(file): \(place): \(problem)"
  }
}
