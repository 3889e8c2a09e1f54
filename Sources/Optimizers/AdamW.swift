/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's `torch.optim.AdamW`:
///
///     parameter *= 1 - learningRate * weightDecay
///     then Adam's step without weight decay
public struct AdamW: Optimizer {
  /// The weight of the past in the mean of the gradients.
  public var beta1: Double
  /// The weight of the past in the mean of their squares.
  public var beta2: Double
  /// Added to the root.
  public var epsilon: Double
  /// The share of a parameter that is lost in a step of learning rate 1.
  public var weightDecay: Double

  /// PyTorch's constants unless said otherwise.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// The name in job files.
  public var name: String { "adamW" }

  /// The two means.
  public var slotNames: [String] { AdamStep.slotNames }

  /// One step over a slice; see ``Optimizer``.
  public func update(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    slots: Slots, step: Int, learningRate: Double
  ) {
    guard let (p, g) = checked(parameters, gradients, slots, count: 2, step: step) else { return }
    AdamStep(
      beta1: beta1, beta2: beta2, epsilon: epsilon, step: step, learningRate: learningRate,
      gradientDecay: 0, decoupledDecay: weightDecay
    ).apply(p, g, slots, count: parameters.count)
  }
}
