public import Engine

/// Arrays that are kept of single clients from round to round: control variates, personal layers,
/// errors of compression.
///
/// A client's arrays lie on its home rank, which trains it every time: they never travel.
public final class ClientStates {
  /// The arrays by what they are and whose.
  public private(set) var arrays: [String: [Int: FloatMemory]] = [:]

  init() {}

  /// The rank that keeps a client's arrays.
  public static func home(of client: Int, ranks: Int) -> Int { client % ranks }

  /// A client's array, of zeros when it is asked for the first time.
  public func array(_ name: String, of client: Int, count: Int) -> FloatMemory {
    if let known = arrays[name]?[client] { return known }
    let made = FloatMemory(count: count)
    arrays[name, default: [:]][client] = made
    return made
  }

  /// A client's array, if there is one.
  public func existing(_ name: String, of client: Int) -> FloatMemory? { arrays[name]?[client] }
}
