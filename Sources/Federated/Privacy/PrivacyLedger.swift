/// What a run has spent, release by release: computed from their number alone, so that nothing must be
/// saved.
public final class PrivacyLedger {
  /// How epsilon is computed, and the limit.
  public let budget: PrivacyBudget
  /// What is released again and again.
  public let mechanism: SampledGaussian
  /// The divergences of one release, computed once.
  private lazy var single: RenyiAccountant = {
    var accountant = RenyiAccountant()
    accountant.compose(mechanism, steps: 1)
    return accountant
  }()

  /// A ledger of one kind of release.
  public init(_ budget: PrivacyBudget, _ mechanism: SampledGaussian) {
    (self.budget, self.mechanism) = (budget, mechanism)
  }

  /// Epsilon after `steps` releases.
  public func epsilon(steps: Int) -> Double {
    guard steps > 0 else { return 0 }
    guard mechanism.noiseMultiplier > 0 else { return .infinity }
    switch budget.accountant {
    case .rdp: return single.repeated(steps).epsilon(delta: budget.delta).epsilon
    case .pld:
      return LossDistribution(mechanism, steps: steps, delta: budget.delta)
        .epsilon(delta: budget.delta)
    case .gdp: return GaussianLimit(mechanism, steps: steps).epsilon(delta: budget.delta)
    }
  }
}
