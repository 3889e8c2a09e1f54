/// A run of the reference backend that was refused: names the node and what it wanted.
public struct ReferenceError: Error, Hashable, CustomStringConvertible {
  /// The node at fault, with the path of its layer.
  public let node: String
  /// What was expected and what was found.
  public let reason: String

  init(_ node: String, _ reason: String) {
    self.node = node
    self.reason = reason
  }

  /// One line: `layers.3: softmax cross-entropy: ...`.
  public var description: String { "\(node): \(reason)" }
}
