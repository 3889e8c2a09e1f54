import CKernels

/// Stochastic gradient descent with momentum (Polyak 1964), Nesterov's variant (Sutskever et al.
/// 2013) and weight decay, as in PyTorch's `torch.optim.SGD`:
///
///     d = gradient + weightDecay * parameter
///     buffer = d in the first step, momentum * buffer + (1 - dampening) * d afterwards
///     parameter -= learningRate * (isNesterov ? d + momentum * buffer : buffer)
///
/// Keras scales `d` by the learning rate before it enters the buffer: at a constant rate both are
/// the same, under a schedule they differ.
public struct SGD: Optimizer {
  /// The share of the buffer that is kept; without momentum there is no buffer.
  public var momentum: Double
  /// The share of a gradient that does not enter the buffer.
  public var dampening: Double
  /// Whether the step looks ahead along the buffer; PyTorch asks for momentum and no dampening.
  public var isNesterov: Bool
  /// The factor of the parameter that is added to its gradient.
  public var weightDecay: Double

  /// Plain descent unless said otherwise.
  public init(
    momentum: Double = 0, dampening: Double = 0, isNesterov: Bool = false, weightDecay: Double = 0
  ) {
    self.momentum = momentum
    self.dampening = dampening
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
  }

  /// The name in job files.
  public var name: String { "sgd" }

  /// `momentum` if there is any.
  public var slotNames: [String] { momentum == 0 ? [] : ["momentum"] }

  /// One step over a slice; see ``Optimizer``.
  public func update(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    slots: Slots, step: Int, learningRate: Double
  ) {
    let slotCount = momentum == 0 ? 0 : 1
    guard let (p, g) = checked(parameters, gradients, slots, count: slotCount, step: step) else {
      return
    }
    let (rate, decay) = (Float(learningRate), Float(weightDecay))
    guard slotCount == 1, let buffer = slots[0].baseAddress else {
      return ck_sgd(p, g, parameters.count, rate, decay)
    }
    // The buffer is zero in the first step, so that its gain alone makes PyTorch's exception.
    let gain = step == 1 ? 1 : Float(1 - dampening)
    if isNesterov {
      ck_sgd_nesterov(p, g, buffer, parameters.count, rate, decay, Float(momentum), gain)
    } else {
      ck_sgd_momentum(p, g, buffer, parameters.count, rate, decay, Float(momentum), gain)
    }
  }
}
