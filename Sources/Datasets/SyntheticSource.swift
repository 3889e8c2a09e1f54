import Randomness

/// Samples made up on the spot: each a function of the seed and its number, so that any count of
/// them exists without storage, the same on every rank.
///
/// With classes, a sample is its class's pattern plus noise: a blob around one of as many centres.
/// Without, the target is a fixed linear function of noise features. Both can be learnt.
public final class SyntheticSource: SampleSource {
  /// `synthetic`.
  public let name = "synthetic"
  /// Number of samples.
  public let count: Int
  /// Shape of one sample's features.
  public let featureShape: [Int]
  /// Shape of one sample's labels.
  public let labelShape: [Int]
  /// What the labels are.
  public let labelKind: LabelKind
  /// The class numbers as words.
  public let classNames: [String]

  private let seed: UInt64
  private let noise: Float
  private let featureSize: Int
  private let labelSize: Int
  /// One pattern a class, repeated when a sample is longer; for targets, one weight vector each.
  private let patterns: [Float]
  private let patternSize: Int

  /// Samples of `classes` classes.
  ///
  /// - Parameters:
  ///   - count: number of samples.
  ///   - featureShape: shape of one.
  ///   - classes: number of classes, at least 1.
  ///   - noise: deviation around the pattern, whose elements have deviation 1.
  ///   - seed: another seed, other samples.
  public init(count: Int, featureShape: [Int], classes: Int, noise: Float = 1, seed: UInt64 = 0) {
    precondition(count >= 0 && classes > 0, "\(count) samples of \(classes) classes")
    (self.count, self.featureShape, labelShape) = (count, featureShape, [])
    (labelKind, classNames) = (.classes(classes), (0..<classes).map { "\($0)" })
    (self.seed, self.noise) = (seed, noise)
    (featureSize, labelSize) = (featureShape.reduce(1, *), 1)
    patternSize = max(1, min(featureSize, Self.longestPattern))
    patterns = Self.patterns(classes, of: patternSize, seed: seed)
  }

  /// Samples with real targets of `targetShape`, linear in the features.
  public init(count: Int, featureShape: [Int], targetShape: [Int], seed: UInt64 = 0) {
    precondition(count >= 0, "\(count) samples")
    (self.count, self.featureShape, labelShape) = (count, featureShape, targetShape)
    (labelKind, classNames) = (.targets, [])
    (self.seed, noise) = (seed, 1)
    (featureSize, labelSize) = (featureShape.reduce(1, *), targetShape.reduce(1, *))
    patternSize = max(1, min(featureSize, Self.longestPattern))
    patterns = Self.patterns(labelSize, of: patternSize, seed: seed)
  }

  private static let longestPattern = 4096

  /// Normal numbers keyed by class; sample numbers of patterns count down from the largest.
  private static func patterns(_ count: Int, of size: Int, seed: UInt64) -> [Float] {
    var patterns: [Float] = []
    patterns.reserveCapacity(count * size)
    for pattern in 0..<count {
      var random = CounterRandom(seed: seed, purpose: .synthetic, sample: .max - UInt64(pattern))
      for _ in 0..<size { patterns.append(random.normal()) }
    }
    return patterns
  }

  /// Makes samples; see ``SampleSource/read(_:into:labels:)``. Never throws, never allocates.
  public func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    requireSizes(indices, features, labels)
    for (position, index) in indices.enumerated() {
      var random = CounterRandom(seed: seed, purpose: .synthetic, sample: UInt64(index))
      let row = UnsafeMutableBufferPointer(
        rebasing: features[position * featureSize..<(position + 1) * featureSize])
      if case .classes(let classes) = labelKind {
        // The high half of the product is uniform in 0..<classes.
        let label = Int((UInt64(random.next32()) * UInt64(classes)) >> 32)
        if case .classes(let buffer) = labels { buffer[position] = Int32(label) }
        fill(row, pattern: label, &random)
      } else {
        fill(row, pattern: nil, &random)
        guard case .targets(let buffer) = labels else { continue }
        for target in 0..<labelSize {
          buffer[position * labelSize + target] = dot(row, pattern: target)
        }
      }
    }
  }

  private func fill(
    _ row: UnsafeMutableBufferPointer<Float>, pattern: Int?, _ random: inout CounterRandom
  ) {
    var place = (pattern ?? 0) * patternSize
    let end = place + patternSize
    for index in row.indices {
      let centre = pattern == nil ? 0 : patterns[place]
      row[index] = centre + noise * Self.bell(random.next32())
      place += 1
      if place == end { place -= patternSize }
    }
  }

  /// About normal from 32 random bits: the sum of four bytes, less its mean, over its deviation.
  private static func bell(_ bits: UInt32) -> Float {
    let sum = (bits & 0xFF) + (bits >> 8 & 0xFF) + (bits >> 16 & 0xFF) + (bits >> 24)
    return (Float(sum) - 510) * (1 / 147.80054)
  }

  private func dot(_ row: UnsafeMutableBufferPointer<Float>, pattern: Int) -> Float {
    var sum: Float = 0
    for index in row.indices {
      sum += row[index] * patterns[pattern * patternSize + index % patternSize]
    }
    return sum / Float(max(1, row.count)).squareRoot()
  }
}
