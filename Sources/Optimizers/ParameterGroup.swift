import Glibc

/// Parameters that are treated otherwise than the rest.
public struct ParameterGroup: Hashable, Sendable {
  /// Which ones: a dotted path in which `*` stands for any characters, `?` for one and `[...]` for one
  /// of several, as in file names: `layers.0.*`, `*.bias`.
  public var parameters: String
  /// A factor of the learning rate; 0 freezes.
  public var rateFactor: Double
  /// The weight decay in place of the rule's; the rule's own if nil.
  public var weightDecay: Double?

  /// A group; nothing is changed unless said otherwise.
  public init(parameters: String, rateFactor: Double = 1, weightDecay: Double? = nil) {
    self.parameters = parameters
    self.rateFactor = rateFactor
    self.weightDecay = weightDecay
  }

  /// Whether the parameter at `path` belongs to it.
  public func contains(_ path: String) -> Bool { fnmatch(parameters, path, 0) == 0 }
}
