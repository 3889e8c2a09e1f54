import CKernels
import Glibc

/// One step of Adam or AdamW: what is the same for all elements, worked out once in double precision.
struct AdamStep {
  /// Means of the gradients and of their squares.
  static let slotNames = ["mean", "meanSquare"]

  private(set) var constants: ck_adam_step

  init(
    beta1: Double, beta2: Double, epsilon: Double, step: Int, learningRate: Double,
    gradientDecay: Double, decoupledDecay: Double
  ) {
    let t = Double(step)
    // 1 - beta^t as -expm1(t log beta): exact where beta^t is close to 1.
    func correction(_ beta: Double) -> Double { beta == 0 ? 1 : -expm1(t * log(beta)) }
    constants = ck_adam_step(
      keep: Float(1 - learningRate * decoupledDecay), decay: Float(gradientDecay),
      gain1: Float(1 - beta1), beta2: Float(beta2), gain2: Float(1 - beta2),
      rate: Float(learningRate / correction(beta1)),
      correction: Float(1 / correction(beta2).squareRoot()), epsilon: Float(epsilon))
  }

  /// Runs the fused loop over a checked slice.
  func apply(
    _ parameters: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, _ slots: Slots,
    count: Int
  ) {
    guard let mean = slots[0].baseAddress, let meanSquare = slots[1].baseAddress else { return }
    withUnsafePointer(to: constants) {
      ck_adam(parameters, gradients, mean, meanSquare, count, $0)
    }
  }
}
