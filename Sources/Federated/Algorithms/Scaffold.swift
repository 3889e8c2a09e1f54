/// Control variates take out of each client's gradients what sets it apart from the others
/// (Karimireddy et al. 2020, algorithm 1 with option II):
///
///     client    gradient - c_i + c;   c_i' = c_i - c + (global - y_i) / (steps * rate)
///     server    global += rate of the server * mean(y_i - global)
///               c += participants / clients * mean(c_i' - c_i)
///
/// Option II takes the client's optimizer to be plain gradient descent.
public struct Scaffold: Algorithm {
  /// The name in job files.
  public var name: String { "scaffold" }
  /// True: c and c_i.
  public var keepsControl: Bool { true }
  /// True: c_i' - c_i.
  public var sendsControl: Bool { true }
  /// False: the paper's means are uniform.
  public var weighsBySamples: Bool { false }

  /// The algorithm; it has no settings.
  public init() {}

  /// c - c_i.
  public func linearTerm(
    own: UnsafePointer<Float>, shared: UnsafePointer<Float>, at index: Int
  ) -> Float { shared[index] - own[index] }

  /// Renews c_i.
  public func conclude(_ work: ClientWork) -> Double {
    guard let own = work.own, let shared = work.shared, let second = work.second else { return 0 }
    let factor = Float(1 / (Double(work.steps) * work.rate))
    for index in 0..<work.trainedCount {
      let change = -shared[index] - work.update[index] * factor
      own[index] += change
      second[index] = change
    }
    return 0
  }

  /// Renews c.
  public func combine(_ work: ServerWork) {
    guard let shared = work.shared, let second = work.second else { return }
    let share = Float(Double(work.participants) / Double(work.clients))
    for index in 0..<work.trainedCount { shared[index] += share * second[index] }
  }
}
