/// Why a federation cannot be set up or go on: what was found and what to do.
public enum FederationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Settings that contradict each other or the number of clients.
  case settings(String)
  /// Data that cannot be dealt out or trained on.
  case data(String)
  /// A protocol that would have given a wrong result and has not: too few shares, for example.
  case aborted(String)

  /// One line.
  public var description: String {
    switch self {
    case .settings(let text), .data(let text), .aborted(let text): text
    }
  }
}
