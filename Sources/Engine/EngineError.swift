import Graph

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

  /// The error with the layer and the operation in front, unless the operation reported it itself.
  func of(_ node: TensorGraph.Node) -> EngineError {
    let path = node.scope.isEmpty ? node.op.name : "\(node.scope): \(node.op.name)"
    return operation == node.op.name
      ? EngineError(path, reason) : EngineError(path, "\(operation): \(reason)")
  }

  /// One line.
  public var description: String { "\(operation): \(reason)" }
}
