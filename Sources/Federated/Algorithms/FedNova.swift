/// Updates are divided by their number of steps before they are averaged, so that clients with more
/// data do not pull the mean towards their own optimum (Wang et al. 2020):
///
///     d_i = update_i / a_i,   step = mean(a_i) * mean(d_i)
///
/// a_i is the number of steps; with momentum rho, [tau - rho (1 - rho^tau) / (1 - rho)] / (1 - rho).
public struct FedNova: Algorithm {
  /// The name in job files.
  public var name: String { "fedNova" }

  /// The algorithm; it has no settings.
  public init() {}

  /// The effective number of steps of a client.
  static func effectiveSteps(_ steps: Int, momentum: Double) -> Double {
    var (sum, last) = (0.0, 0.0)
    for _ in 0..<steps {
      last = momentum * last + 1
      sum += last
    }
    return sum
  }

  /// Divides the update by a_i and returns a_i.
  public func conclude(_ work: ClientWork) -> Double {
    let steps = Self.effectiveSteps(work.steps, momentum: work.momentum)
    let factor = Float(1 / steps)
    for index in 0..<work.count { work.update[index] *= factor }
    return steps
  }

  /// Multiplies the mean by that of a_i.
  public func combine(_ work: ServerWork) {
    let factor = Float(work.number)
    for index in 0..<work.count { work.mean[index] *= factor }
  }
}
