/// A graph that cannot be compiled or run.
public struct EngineError: Error, Hashable, CustomStringConvertible {
  /// The operation or library function that failed.
  public let operation: String
  /// Why, with the values at fault.
  public let reason: String

  /// An error of `operation`.
  public init(_ operation: String, _ reason: String) {
    self.operation = operation
    self.reason = reason
  }

  /// One line.
  public var description: String { "\(operation): \(reason)" }
}
