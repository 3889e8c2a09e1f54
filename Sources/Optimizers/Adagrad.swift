import CKernels

/// Adagrad (Duchi et al. 2011), as PyTorch's `torch.optim.Adagrad`:
///
///     d = gradient + weightDecay * parameter
///     sum += d^2
///     parameter -= learningRate / (1 + (t - 1) * rateDecay) * d / (sqrt(sum) + epsilon)
public struct Adagrad: Optimizer {
  /// How fast the rate falls beside the sum.
  public var rateDecay: Double
  /// What the sum of squares starts with; the state itself starts at zero.
  public var initialSum: Double
  /// Added to the root.
  public var epsilon: Double
  /// The factor of the parameter that is added to its gradient.
  public var weightDecay: Double

  /// PyTorch's constants unless said otherwise.
  public init(
    rateDecay: Double = 0, initialSum: Double = 0, epsilon: Double = 1e-10, weightDecay: Double = 0
  ) {
    self.rateDecay = rateDecay
    self.initialSum = initialSum
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// The name in job files.
  public var name: String { "adagrad" }

  /// The sum of squares, without its initial value.
  public var slotNames: [String] { ["sumOfSquares"] }

  /// One step over a slice; see ``Optimizer``.
  public func update(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    slots: Slots, step: Int, learningRate: Double
  ) {
    guard let (p, g) = checked(parameters, gradients, slots, count: 1, step: step) else { return }
    let rate = learningRate / (1 + Double(step - 1) * rateDecay)
    ck_adagrad(
      p, g, slots[0].baseAddress, parameters.count, Float(rate), Float(weightDecay),
      Float(initialSum), Float(epsilon))
  }
}
