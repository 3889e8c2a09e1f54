/// The numbers that are added up beside the updates of a round; places in ``UpdateSum/scalars``.
enum RoundSum: Int, CaseIterable {
  /// The weights.
  case weight
  /// Clients.
  case participants
  /// Samples, epochs counted.
  case samples
  /// Losses of samples.
  case loss
  /// Correct predictions.
  case correct
  /// Weight times the algorithm's number.
  case number
  /// Elements that were cut.
  case cut
  /// Updates whose norm was not above the limit.
  case unclipped

  /// What fractions are multiplied by: with 16 binary places a sum may reach 2^47.
  static let scale = 0x1p16

  /// A fraction as an integer; what is not finite or too large counts as the largest.
  static func integer(_ value: Double) -> Int64 {
    let scaled = value * scale
    return scaled.magnitude < 0x1p56 ? Int64(scaled.rounded()) : scaled < 0 ? -(1 << 56) : 1 << 56
  }
}
