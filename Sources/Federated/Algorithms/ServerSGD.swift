/// global += rate * m, m = momentum * m + mean. Without momentum and with rate 1 the global parameters
/// become the clients' mean: federated averaging. With momentum: FedAvgM (Hsu, Qi and Brown 2019).
public struct ServerSGD: ServerOptimizer {
  /// The server's learning rate.
  public var rate: Double
  /// The share of the past.
  public var momentum: Double

  /// The name in job files.
  public var name: String { "sgd" }
  /// `momentum`, if there is any.
  public var slots: [(name: String, start: Float)] { momentum == 0 ? [] : [("momentum", 0)] }

  /// The clients' mean unless said otherwise.
  public init(rate: Double = 1, momentum: Double = 0) {
    (self.rate, self.momentum) = (rate, momentum)
  }

  /// One step; see ``ServerOptimizer``.
  public func step(
    _ global: UnsafeMutablePointer<Float>, mean: UnsafePointer<Float>,
    slots: [UnsafeMutablePointer<Float>], count: Int
  ) {
    let (rate, momentum) = (Float(rate), Float(momentum))
    guard let past = slots.first else {
      for index in 0..<count { global[index] += rate * mean[index] }
      return
    }
    for index in 0..<count {
      past[index] = momentum * past[index] + mean[index]
      global[index] += rate * past[index]
    }
  }
}
