import CKernels

/// RMSprop (Tieleman and Hinton 2012; centred: Graves 2013), as PyTorch's `torch.optim.RMSprop`:
///
///     d = gradient + weightDecay * parameter
///     meanSquare = rho * meanSquare + (1 - rho) * d^2
///     mean = rho * mean + (1 - rho) * d                  if centred
///     u = d / (sqrt(meanSquare - mean^2) + epsilon)
///     buffer = momentum * buffer + u
///     parameter -= learningRate * buffer
///
/// Keras adds epsilon under the root.
public struct RMSprop: Optimizer {
  /// The share of the past in the means; `alpha` in PyTorch. 0.99 there, 0.9 in Keras.
  public var rho: Double
  /// Added to the root.
  public var epsilon: Double
  /// The share of the buffer that is kept; without momentum there is no buffer.
  public var momentum: Double
  /// Whether the mean of the gradients is taken off their mean square.
  public var isCentered: Bool
  /// The factor of the parameter that is added to its gradient.
  public var weightDecay: Double

  /// PyTorch's constants unless said otherwise.
  public init(
    rho: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0, isCentered: Bool = false,
    weightDecay: Double = 0
  ) {
    self.rho = rho
    self.epsilon = epsilon
    self.momentum = momentum
    self.isCentered = isCentered
    self.weightDecay = weightDecay
  }

  /// The name in job files.
  public var name: String { "rmsprop" }

  /// The mean square, then what the settings ask for.
  public var slotNames: [String] {
    ["meanSquare"] + (isCentered ? ["mean"] : []) + (momentum == 0 ? [] : ["momentum"])
  }

  /// One step over a slice; see ``Optimizer``.
  public func update(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    slots: Slots, step: Int, learningRate: Double
  ) {
    let (mean, buffer) = (isCentered ? 1 : nil, momentum == 0 ? nil : isCentered ? 2 : 1)
    let slotCount = 1 + (isCentered ? 1 : 0) + (momentum == 0 ? 0 : 1)
    guard let (p, g) = checked(parameters, gradients, slots, count: slotCount, step: step) else {
      return
    }
    var constants = ck_rmsprop_step(
      decay: Float(weightDecay), rho: Float(rho), gain: Float(1 - rho), epsilon: Float(epsilon),
      momentum: Float(momentum), rate: Float(learningRate))
    ck_rmsprop(
      p, g, slots[0].baseAddress, mean.flatMap { slots[$0].baseAddress },
      buffer.flatMap { slots[$0].baseAddress }, parameters.count, &constants)
  }
}
