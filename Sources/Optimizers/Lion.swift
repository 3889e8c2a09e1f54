import CKernels

/// Lion (Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2): every
/// element moves by the learning rate, in the direction of a sign:
///
///     u = sign(beta1 * mean + (1 - beta1) * gradient)
///     parameter = (1 - learningRate * weightDecay) * parameter - learningRate * u
///     mean = beta2 * mean + (1 - beta2) * gradient
///
/// Asks for a rate 3 to 10 times smaller than AdamW's, and for as much more weight decay.
public struct Lion: Optimizer {
  /// The weight of the past in the direction.
  public var beta1: Double
  /// The weight of the past in the mean that is kept.
  public var beta2: Double
  /// The share of a parameter that is lost in a step of learning rate 1.
  public var weightDecay: Double

  /// The paper's constants unless said otherwise.
  public init(beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.weightDecay = weightDecay
  }

  /// The name in job files.
  public var name: String { "lion" }

  /// The mean of the gradients.
  public var slotNames: [String] { ["mean"] }

  /// One step over a slice; see ``Optimizer``.
  public func update(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    slots: Slots, step: Int, learningRate: Double
  ) {
    guard let (p, g) = checked(parameters, gradients, slots, count: 1, step: step) else { return }
    ck_lion(
      p, g, slots[0].baseAddress, parameters.count, Float(learningRate),
      Float(1 - learningRate * weightDecay), Float(1 - beta1), Float(1 - beta2))
  }
}
