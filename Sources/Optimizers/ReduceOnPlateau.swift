/// One rate until a loss has stopped falling, then less (`torch.optim.lr_scheduler.ReduceLROnPlateau`,
/// mode `min`, relative threshold).
///
/// The rule by itself is a value; what it has seen is a ``Plateau``, which the trainer keeps, feeds with
/// the loss of each evaluation, and saves.
public struct ReduceOnPlateau: Schedule {
  /// The first rate.
  public var start: Double
  /// What the rate is multiplied with.
  public var factor: Double
  /// Evaluations without a better loss that are let pass.
  public var patience: Int
  /// A loss is better if it is below (1 - threshold) times the best one.
  public var threshold: Double
  /// Evaluations after a reduction that are not counted.
  public var cooldown: Int
  /// The smallest rate.
  public var minimum: Double

  /// PyTorch's defaults.
  public init(
    start: Double, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
    cooldown: Int = 0, minimum: Double = 0
  ) {
    self.start = start
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.cooldown = cooldown
    self.minimum = minimum
  }

  /// The name in job files.
  public var name: String { "reduceOnPlateau" }

  /// The first rate: what a plateau takes off is a matter of ``Plateau/scale``.
  public func learningRate(step: Int) -> Double { start }

  /// The rule itself.
  public var plateauRule: ReduceOnPlateau? { self }
}

/// What a ``ReduceOnPlateau`` has seen.
public struct Plateau: Hashable, Sendable {
  /// The number of evaluations.
  public private(set) var evaluations = 0
  /// The best loss.
  public private(set) var best = Double.infinity
  /// Evaluations since, outside of cool-downs.
  public private(set) var waited = 0
  /// Evaluations until the end of the cool-down.
  public private(set) var cooling = 0
  /// What the schedule's rate is to be multiplied with.
  public private(set) var scale = 1.0

  /// Nothing seen.
  public init() {}

  /// Takes the loss of an evaluation into account; NaN is not better than anything.
  public mutating func observe(_ loss: Double, _ rule: ReduceOnPlateau) {
    evaluations += 1
    if loss < best * (1 - rule.threshold) {
      (best, waited) = (loss, 0)
    } else {
      waited += 1
    }
    if cooling > 0 { (cooling, waited) = (cooling - 1, 0) }
    guard waited > rule.patience else { return }
    scale = min(scale, max(scale * rule.factor, rule.minimum / rule.start))
    (cooling, waited) = (rule.cooldown, 0)
  }
}

extension Plateau {
  /// The state as numbers by name, for checkpoints.
  public var numbers: [String: Double] {
    [
      "plateau.evaluations": Double(evaluations), "plateau.best": best,
      "plateau.waited": Double(waited), "plateau.cooling": Double(cooling), "plateau.scale": scale,
    ]
  }

  /// The state of a checkpoint; nothing seen where a number is missing.
  public init(numbers: [String: Double]) {
    guard let evaluations = numbers["plateau.evaluations"], let best = numbers["plateau.best"],
      let waited = numbers["plateau.waited"], let cooling = numbers["plateau.cooling"],
      let scale = numbers["plateau.scale"]
    else { return }
    self.evaluations = Int(evaluations)
    self.best = best
    self.waited = Int(waited)
    self.cooling = Int(cooling)
    self.scale = scale
  }
}
