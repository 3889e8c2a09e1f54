import Engine
import Layers

/// The compiled step for every size of micro-batch, made when it is first needed.
final class StepPlans {
  let state: ModelState
  let buckets: GradientBuckets
  private let model: Model
  private let loss: Loss
  private var plans: [Int: StepPlan]

  /// - Parameters:
  ///   - plan: that of the largest size, whose map all others share.
  ///   - size: its size.
  init(
    _ plan: StepPlan, size: Int, model: Model, loss: Loss, state: ModelState,
    buckets: GradientBuckets
  ) {
    plans = [size: plan]
    self.model = model
    self.loss = loss
    self.state = state
    self.buckets = buckets
  }

  /// The plan of micro-batches of `size` samples.
  subscript(size: Int) -> StepPlan {
    get throws {
      if let known = plans[size] { return known }
      let plan = try StepPlan(model: model, loss: loss, batchSize: size, parameters: state.map)
      plans[size] = plan
      return plan
    }
  }
}
