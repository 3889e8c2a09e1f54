/// A model that cannot be built: names the layer, the operation and the shapes at fault.
public struct GraphError: Error, Hashable, CustomStringConvertible {
  /// The path of the layer being built, for example `layers.3`; empty at the top.
  public var scope: String
  /// The operation that refused.
  public let operation: String
  /// What was expected and what was found.
  public let reason: String

  /// An error of `operation`; the graph fills in the scope.
  public init(_ operation: String, _ reason: String, scope: String = "") {
    self.scope = scope
    self.operation = operation
    self.reason = reason
  }

  /// One line: `layers.3: convolution: ...`.
  public var description: String {
    (scope.isEmpty ? "" : scope + ": ") + "\(operation): \(reason)"
  }
}
