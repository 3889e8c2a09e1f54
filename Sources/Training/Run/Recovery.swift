/// Decides what becomes of a step whose loss or gradient cannot be used.
///
/// All ranks see the same sums and so decide the same:
///
///     usable ──► update
///        └─ no ──► leave the step out, `skips` times in a row
///                     └─► back to the last checkpoint at a lower rate, `rollbacks` times in all
///                            └─► end with exit code 77
package struct Recovery {
  /// What a resume needs to know.
  package struct State: Equatable {
    /// Steps left out since the last one that was not.
    package var skipped = 0
    /// How often the run has gone back.
    package var rollbacks = 0
    /// What the learning rate is multiplied by.
    package var rateFactor = 1.0
    /// Exponential mean of the losses of steps that were taken.
    package var meanLoss: Double?

    /// The beginning.
    package init() {}

    package init(_ numbers: [String: Double]) {
      skipped = Int(numbers["divergence.skipped"] ?? 0)
      rollbacks = Int(numbers["divergence.rollbacks"] ?? 0)
      rateFactor = numbers["divergence.rateFactor"] ?? 1
      meanLoss = numbers["divergence.meanLoss"]
    }

    /// What differs from the beginning, by name.
    package var numbers: [String: Double] {
      var numbers: [String: Double] = [:]
      if skipped > 0 { numbers["divergence.skipped"] = Double(skipped) }
      if rollbacks > 0 { numbers["divergence.rollbacks"] = Double(rollbacks) }
      if rateFactor != 1 { numbers["divergence.rateFactor"] = rateFactor }
      numbers["divergence.meanLoss"] = meanLoss
      return numbers
    }
  }

  /// What becomes of a step.
  package enum Verdict: Equatable {
    case take
    case skip
    case goBack
    case end
  }

  /// The weight of the past in the mean of losses: of some 50 steps.
  private static let memory = 0.98

  private let settings: Job.Divergence
  private let watchesGradients: Bool

  /// - Parameter watchesGradients: Whether gradients are looked at though nothing but the end may come of it.
  package init(_ settings: Job.Divergence, watchesGradients: Bool = false) {
    self.settings = settings
    self.watchesGradients = watchesGradients || settings.isOn
  }

  /// Why a step cannot be used; nil if it can.
  ///
  /// - Parameters:
  ///   - loss: The mean loss of the step.
  ///   - isGradientFinite: Whether all elements of the gradient are; asked only if the loss is fine.
  package func complaint(
    loss: Double, _ state: State, isGradientFinite: () throws -> Bool
  ) rethrows -> String? {
    guard loss.isFinite else { return "the loss is \(loss.isNaN ? "not a number" : "infinite")" }
    if let limit = settings.explosion, let mean = state.meanLoss, loss > limit * mean {
      return
        "the loss \(Console.short(loss)) is more than \(limit) times its mean \(Console.short(mean))"
    }
    guard watchesGradients, try !isGradientFinite() else { return nil }
    return "the gradient is not finite"
  }

  /// What becomes of a step that cannot be used.
  package func verdict(_ state: State) -> Verdict {
    if state.skipped < settings.skips { return .skip }
    return state.rollbacks < settings.rollbacks ? .goBack : .end
  }

  /// Notes a step that was taken.
  package func note(loss: Double, in state: inout State) {
    state.skipped = 0
    guard settings.explosion != nil else { return }
    state.meanLoss = state.meanLoss.map { Self.memory * $0 + (1 - Self.memory) * loss } ?? loss
  }

  /// The state after going back, from the state then and the one in the checkpoint.
  package func afterGoingBack(_ state: State, to saved: State) -> State {
    var next = saved
    next.skipped = 0
    next.rollbacks = state.rollbacks + 1
    next.rateFactor = state.rateFactor * settings.rateFactor
    return next
  }
}
