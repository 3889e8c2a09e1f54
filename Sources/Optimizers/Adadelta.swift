import CKernels

/// Adadelta (Zeiler 2012), as PyTorch's `torch.optim.Adadelta`:
///
///     d = gradient + weightDecay * parameter
///     meanSquare = rho * meanSquare + (1 - rho) * d^2
///     u = sqrt(meanUpdate + epsilon) / sqrt(meanSquare + epsilon) * d
///     meanUpdate = rho * meanUpdate + (1 - rho) * u^2
///     parameter -= learningRate * u
public struct Adadelta: Optimizer {
  /// The share of the past in the means.
  public var rho: Double
  /// Added under both roots.
  public var epsilon: Double
  /// The factor of the parameter that is added to its gradient.
  public var weightDecay: Double

  /// PyTorch's constants unless said otherwise.
  public init(rho: Double = 0.9, epsilon: Double = 1e-6, weightDecay: Double = 0) {
    self.rho = rho
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// The name in job files.
  public var name: String { "adadelta" }

  /// The means of the squares of gradients and of updates.
  public var slotNames: [String] { ["meanSquare", "meanUpdate"] }

  /// One step over a slice; see ``Optimizer``.
  public func update(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    slots: Slots, step: Int, learningRate: Double
  ) {
    guard let (p, g) = checked(parameters, gradients, slots, count: 2, step: step) else { return }
    ck_adadelta(
      p, g, slots[0].baseAddress, slots[1].baseAddress, parameters.count, Float(learningRate),
      Float(weightDecay), Float(rho), Float(1 - rho), Float(epsilon))
  }
}
