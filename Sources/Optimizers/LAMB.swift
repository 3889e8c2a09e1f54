import CKernels
import Glibc

/// LAMB, layer-wise adaptive moments for large batches (You et al. 2020, algorithm 2): Adam's step,
/// scaled for each parameter to its norm:
///
///     u = (mean / (1 - beta1^t)) / (sqrt(meanSquare / (1 - beta2^t)) + epsilon)
///         + weightDecay * parameter
///     parameter -= learningRate * |parameter| / |u| * u
///
/// Norms are of whole parameters, so that a slice must be one (``Optimizer/granularity``). Where
/// either norm is zero, and by default where there is no weight decay (biases and norms in a group
/// without it), the ratio is 1, as in the `timm` library.
public struct LAMB: Optimizer {
  /// The weight of the past in the mean of the gradients.
  public var beta1: Double
  /// The weight of the past in the mean of their squares.
  public var beta2: Double
  /// Added to the root.
  public var epsilon: Double
  /// Whether parameters without weight decay are adapted too.
  public var alwaysAdapts: Bool
  /// The factor of the parameter that is added to the step.
  public var weightDecay: Double

  /// The paper's constants unless said otherwise.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-6,
    alwaysAdapts: Bool = false, weightDecay: Double = 0.01
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.alwaysAdapts = alwaysAdapts
    self.weightDecay = weightDecay
  }

  /// The name in job files.
  public var name: String { "lamb" }

  /// The two means.
  public var slotNames: [String] { AdamStep.slotNames }

  /// Norms are of whole parameters.
  public var granularity: UpdateGranularity { .parameter }

  /// One step over a parameter; see ``Optimizer``.
  public func update(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    slots: Slots, step: Int, learningRate: Double
  ) {
    guard let (p, g) = checked(parameters, gradients, slots, count: 2, step: step),
      let mean = slots[0].baseAddress, let meanSquare = slots[1].baseAddress
    else { return }
    let count = parameters.count
    // The rate of these constants is the mean's correction: the learning rate enters with the trust.
    var constants = AdamStep(
      beta1: beta1, beta2: beta2, epsilon: epsilon, step: step, learningRate: 1,
      gradientDecay: weightDecay, decoupledDecay: 0
    ).constants
    let size = ck_sum_of_squares(p, count).squareRoot()
    let length = ck_lamb_means(p, g, mean, meanSquare, count, &constants).squareRoot()
    let adapts = (weightDecay != 0 || alwaysAdapts) && size > 0 && length > 0
    let trust = adapts ? size / length : 1
    ck_lamb(p, mean, meanSquare, count, &constants, Float(learningRate * trust))
  }
}
