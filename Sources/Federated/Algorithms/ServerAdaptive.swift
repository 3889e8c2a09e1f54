/// The adaptive server optimizers, which differ in how the second moment v follows the square of the
/// mean (Reddi et al. 2021, algorithm 2; no correction of the bias, v begins at tau^2):
///
///     m = beta1 m + (1 - beta1) mean;   global += rate * m / (sqrt(v) + tau)
///     adagrad  v += mean^2
///     adam     v = beta2 v + (1 - beta2) mean^2
///     yogi     v -= (1 - beta2) mean^2 sign(v - mean^2)
public struct ServerAdaptive: ServerOptimizer {
  /// Which rule.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// v is a sum.
    case adagrad
    /// v is an exponential mean.
    case adam
    /// v follows slowly upwards and downwards alike.
    case yogi
  }

  /// Which rule.
  public let kind: Kind
  /// The server's learning rate.
  public var rate: Double
  /// The share of the past in m.
  public var beta1: Double
  /// The share of the past in v; not for adagrad.
  public var beta2: Double
  /// The degree of adaptivity: the larger, the closer to plain averaging.
  public var tau: Double

  /// The name in job files.
  public var name: String { kind.rawValue }
  /// m and v.
  public var slots: [(name: String, start: Float)] {
    [("firstMoment", 0), ("secondMoment", Float(tau * tau))]
  }

  /// The paper's constants unless said otherwise.
  public init(
    _ kind: Kind, rate: Double = 0.01, beta1: Double? = nil, beta2: Double = 0.99,
    tau: Double = 0.001
  ) {
    (self.kind, self.rate, self.beta2, self.tau) = (kind, rate, beta2, tau)
    self.beta1 = beta1 ?? (kind == .adagrad ? 0 : 0.9)
  }

  /// One step; see ``ServerOptimizer``.
  public func step(
    _ global: UnsafeMutablePointer<Float>, mean: UnsafePointer<Float>,
    slots: [UnsafeMutablePointer<Float>], count: Int
  ) {
    let (first, second) = (slots[0], slots[1])
    let (rate, tau) = (Float(rate), Float(tau))
    let (beta1, beta2) = (Float(beta1), Float(beta2))
    for index in 0..<count {
      let square = mean[index] * mean[index]
      first[index] = beta1 * first[index] + (1 - beta1) * mean[index]
      switch kind {
      case .adagrad: second[index] += square
      case .adam: second[index] = beta2 * second[index] + (1 - beta2) * square
      case .yogi:
        let difference = second[index] - square
        let sign: Float = difference > 0 ? 1 : difference < 0 ? -1 : 0
        second[index] -= (1 - beta2) * square * sign
      }
      global[index] += rate * first[index] / (second[index].squareRoot() + tau)
    }
  }
}
