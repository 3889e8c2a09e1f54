import Engine
import Layers
import Optimizers

/// The compiled step for every size of micro-batch, made when it is first needed.
final class StepPlans {
  let state: ModelState
  let buckets: GradientBuckets
  private let model: Model
  private let loss: Loss
  private let arithmetic: Arithmetic
  /// The rule by which runs change parameters themselves; nil if they do not.
  private(set) var descent: SGD?
  private var plans: [Int: StepPlan]

  /// - Parameters:
  ///   - plan: that of the largest size, whose map all others share.
  ///   - size: its size.
  init(
    _ plan: StepPlan, size: Int, model: Model, loss: Loss, arithmetic: Arithmetic,
    descent: SGD?, state: ModelState, buckets: GradientBuckets
  ) {
    plans = [size: plan]
    self.model = model
    self.loss = loss
    self.arithmetic = arithmetic
    self.descent = descent
    self.state = state
    self.buckets = buckets
  }

  /// The plan of micro-batches of `size` samples.
  subscript(size: Int) -> StepPlan {
    get throws {
      if let known = plans[size] { return known }
      let plan = try StepPlan(
        model: model, loss: loss, batchSize: size, parameters: state.map, arithmetic: arithmetic,
        descends: descent != nil)
      plans[size] = plan
      return plan
    }
  }

  /// From now on plans leave all gradients in memory.
  func keepGradients() {
    descent = nil
    plans = [:]
  }
}
