import Foundation

/// Differential privacy of whole clients: what a client sends is bounded, and noise is added to the sum
/// (central) or to each update before it leaves (local).
///
/// Weights are uniform and sums are divided by the expected number of participants, whatever it really
/// is, so that one client moves the mean by at most clip / expected. (Weights by samples would let a
/// large client exceed that.)
public struct ClientPrivacy: Hashable, Sendable {
  /// Who adds the noise.
  public enum Place: String, Hashable, Sendable, CaseIterable {
    /// The server, once a round: deviation noiseMultiplier * clip on the sum (McMahan et al. 2018).
    case central
    /// Every client: deviation noiseMultiplier * clip on its own update.
    case local
  }

  /// Who adds the noise.
  public var place: Place
  /// The largest norm of an update; the first one if it adapts.
  public var clip: Double
  /// The noise's deviation in units of the clip.
  public var noiseMultiplier: Double
  /// How the clip follows the clients' norms; nil: not at all. Central only.
  public var adaptive: AdaptiveClip?

  /// See the properties.
  public init(
    _ place: Place, clip: Double, noiseMultiplier: Double, adaptive: AdaptiveClip? = nil
  ) {
    (self.place, self.clip) = (place, clip)
    (self.noiseMultiplier, self.adaptive) = (noiseMultiplier, adaptive)
  }

  /// Throws if the count of updates within the clip would cost more by itself than the round may.
  func check(participants: Double) throws(FederationError) {
    guard let adaptive, noiseMultiplier > 0,
      2 * adaptive.deviation(participants: participants) <= noiseMultiplier
    else { return }
    throw .settings(
      "privacy.clients.adaptive.countNoise of \(adaptive.countNoise) costs more than noiseMultiplier \(noiseMultiplier) allows with \(participants) clients a round: it must be above \(noiseMultiplier / (2 * participants))"
    )
  }

  /// The multiplier of the noise on updates: larger if a part of the budget goes to the count of
  /// unclipped updates (Andrew et al. 2021, theorem 1), so that the round as a whole costs what
  /// ``noiseMultiplier`` says.
  func updateMultiplier(participants: Double) -> Double {
    guard let adaptive, noiseMultiplier > 0 else { return noiseMultiplier }
    let count = adaptive.deviation(participants: participants)
    return 1 / (1 / (noiseMultiplier * noiseMultiplier) - 1 / (4 * count * count)).squareRoot()
  }
}

/// The clip as a quantile of the clients' norms, followed by geometric steps (Andrew et al. 2021):
///
///     clip *= exp(-rate * (share of updates with norm <= clip - quantile))
///
/// If too few are within the clip the share is below the quantile, and the clip grows.
public struct AdaptiveClip: Hashable, Sendable {
  /// The share of updates that shall be within the clip.
  public var quantile: Double
  /// The speed of the steps.
  public var rate: Double
  /// The deviation of the noise on the count of updates within the clip, in shares of the
  /// participants.
  public var countNoise: Double

  /// The paper's constants unless said otherwise.
  public init(quantile: Double = 0.5, rate: Double = 0.2, countNoise: Double = 0.05) {
    (self.quantile, self.rate, self.countNoise) = (quantile, rate, countNoise)
  }

  /// The deviation of the noise on the count, centred to plus and minus a half.
  func deviation(participants: Double) -> Double { countNoise * participants }

  /// The clip of the next round.
  public func next(_ clip: Double, shareWithin: Double) -> Double {
    clip * exp(-rate * (shareWithin - quantile))
  }
}
