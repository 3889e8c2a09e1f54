/// Adam (Kingma and Ba 2015), as PyTorch's `torch.optim.Adam`; weight decay is a part of the gradient:
///
///     d = gradient + weightDecay * parameter
///     m = beta1 * m + (1 - beta1) * d,  v = beta2 * v + (1 - beta2) * d^2
///     parameter -= learningRate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
public struct Adam: Optimizer {
  /// The weight of the past in the mean of the gradients.
  public var beta1: Double
  /// The weight of the past in the mean of their squares.
  public var beta2: Double
  /// Added to the root; 1e-8 in PyTorch, 1e-7 in Keras.
  public var epsilon: Double
  /// The factor of the parameter that is added to its gradient.
  public var weightDecay: Double

  /// The paper's constants unless said otherwise.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// The name in job files.
  public var name: String { "adam" }

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
      gradientDecay: weightDecay, decoupledDecay: 0
    ).apply(p, g, slots, count: parameters.count)
  }
}
