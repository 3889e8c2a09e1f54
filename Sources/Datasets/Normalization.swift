/// How stored features become network inputs: x' = (x - mean[c]) / deviation[c], in `Float`.
///
/// c is the position along the first axis of a sample (the channel of an image, the column of a
/// table); with one channel only, it applies to all features alike, and with as many as there are
/// features, each has its own.
public struct Normalization: Sendable, Hashable {
  /// One number a channel.
  public let mean: [Float]
  /// One positive number a channel.
  public let deviation: [Float]

  /// Makes a normalisation of as many channels as there are numbers.
  ///
  /// Returns `nil` when the counts differ, or a number is not finite, or a deviation not positive.
  public init?(mean: [Float], deviation: [Float]) {
    guard mean.count == deviation.count, !mean.isEmpty, mean.allSatisfy(\.isFinite),
      deviation.allSatisfy({ $0.isFinite && $0 > 0 })
    else { return nil }
    (self.mean, self.deviation) = (mean, deviation)
  }

  /// Whether there is one number for each channel of `featureShape`, for each feature, or for all.
  public func fits(_ featureShape: [Int]) -> Bool {
    [1, featureShape.first ?? 1, featureShape.reduce(1, *)].contains(mean.count)
  }
}
