/// Every client's loss gets a linear and a quadratic term that make the optima of all clients agree
/// (Acar et al. 2021, algorithm 1):
///
///     client    gradient - h_i + alpha * (w - global);   h_i -= alpha * (w - global)
///     server    h -= alpha / clients * sum(w_i - global);   global = mean(w_i) - h / alpha
public struct FedDyn: Algorithm {
  /// The strength of the quadratic term.
  public var alpha: Double

  /// The name in job files.
  public var name: String { "fedDyn" }
  /// ``alpha``.
  public var pull: Double { alpha }
  /// True: h and h_i.
  public var keepsControl: Bool { true }
  /// False: the paper's means are uniform.
  public var weighsBySamples: Bool { false }

  /// The algorithm with the given strength.
  public init(alpha: Double = 0.01) { self.alpha = alpha }

  /// -h_i.
  public func linearTerm(
    own: UnsafePointer<Float>, shared: UnsafePointer<Float>, at index: Int
  ) -> Float { -own[index] }

  /// Renews h_i.
  public func conclude(_ work: ClientWork) -> Double {
    guard let own = work.own else { return 0 }
    for index in 0..<work.trainedCount { own[index] -= Float(alpha) * work.update[index] }
    return 0
  }

  /// Renews h and adds it to the step.
  public func combine(_ work: ServerWork) {
    guard let shared = work.shared else { return }
    let share = Float(alpha * Double(work.participants) / Double(work.clients))
    for index in 0..<work.trainedCount {
      shared[index] -= share * work.mean[index]
      work.mean[index] -= shared[index] / Float(alpha)
    }
  }
}
