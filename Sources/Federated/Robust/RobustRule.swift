/// A way to combine updates of which some may be lies.
///
/// Rules look at one slice of the coordinates on each rank, with the updates of all clients in the
/// order of their numbers: n x d / P floats. They ignore the clients' sizes, which could be lies too.
public protocol RobustRule: Hashable, Sendable {
  /// The name in job files.
  var name: String { get }

  /// The fewest updates with which the rule can keep what it promises.
  var fewestUpdates: Int { get }

  /// Samples of the server's own for an update of its own, the table's last row; 0: it needs none.
  var rootSamples: Int { get }

  /// Writes the combined update of this rank's slice. Collective, blocking.
  func combine(
    _ table: UpdateTable, into result: UnsafeMutableBufferPointer<Float>
  ) throws
}

extension RobustRule {
  /// None.
  public var rootSamples: Int { 0 }

  /// Whether `other` is the same rule with the same settings.
  public func isEqual(to other: any RobustRule) -> Bool { (other as? Self) == self }
}
