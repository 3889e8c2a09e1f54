/// Updates longer than a limit are shortened to it before they are averaged (Sun et al. 2019): no
/// client can do more than its neighbours. Bounds an attack rather than stopping it.
public struct NormClipping: Hashable, Sendable {
  /// The largest norm of an update.
  public var limit: Double

  /// Cuts to `limit`.
  public init(limit: Double) { self.limit = limit }
}
