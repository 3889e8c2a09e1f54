import CKernels

/// LARS, layer-wise adaptive rates for large batches (You et al. 2017), on top of SGD with momentum:
///
///     trust = coefficient * |parameter| / (|gradient| + weightDecay * |parameter| + epsilon)
///     d = trust * (gradient + weightDecay * parameter)
///     buffer = momentum * buffer + d
///     parameter -= learningRate * buffer
///
/// Norms are of whole parameters, so that a slice must be one (``Optimizer/granularity``). Where
/// either norm is zero, and by default where there is no weight decay (biases and norms in a group
/// without it), trust is 1, as in the `timm` library. The learning rate stays out of the buffer, as in
/// PyTorch's SGD.
public struct LARS: Optimizer {
  /// The share of the buffer that is kept.
  public var momentum: Double
  /// How far a parameter may move relative to its norm.
  public var coefficient: Double
  /// Added to the denominator.
  public var epsilon: Double
  /// Whether parameters without weight decay are adapted too.
  public var alwaysAdapts: Bool
  /// The factor of the parameter that is added to its gradient.
  public var weightDecay: Double

  /// The paper's constants unless said otherwise.
  public init(
    momentum: Double = 0.9, coefficient: Double = 0.001, epsilon: Double = 1e-8,
    alwaysAdapts: Bool = false, weightDecay: Double = 1e-4
  ) {
    self.momentum = momentum
    self.coefficient = coefficient
    self.epsilon = epsilon
    self.alwaysAdapts = alwaysAdapts
    self.weightDecay = weightDecay
  }

  /// The name in job files.
  public var name: String { "lars" }

  /// The momentum buffer.
  public var slotNames: [String] { ["momentum"] }

  /// Norms are of whole parameters.
  public var granularity: UpdateGranularity { .parameter }

  /// One step over a parameter; see ``Optimizer``.
  public func update(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    slots: Slots, step: Int, learningRate: Double
  ) {
    guard let (p, g) = checked(parameters, gradients, slots, count: 1, step: step) else { return }
    let trust = weightDecay != 0 || alwaysAdapts ? self.trust(p, g, parameters.count) : 1
    ck_sgd_momentum(
      p, g, slots[0].baseAddress, parameters.count, Float(learningRate), Float(weightDecay),
      Float(momentum), Float(trust))
  }

  private func trust(
    _ parameters: UnsafePointer<Float>, _ gradients: UnsafePointer<Float>, _ count: Int
  ) -> Double {
    let size = ck_sum_of_squares(parameters, count).squareRoot()
    let slope = ck_sum_of_squares(gradients, count).squareRoot()
    guard size > 0, slope > 0 else { return 1 }
    return coefficient * size / (slope + weightDecay * size + epsilon)
  }
}
