/// The mean squared or absolute error over samples and outputs.
public struct MeanError: Metric {
  /// What of an error is averaged.
  public enum Kind: String, Hashable, Sendable {
    case squared = "meanSquaredError"
    case absolute = "meanAbsoluteError"
  }

  /// What of an error is averaged.
  public var kind: Kind

  /// The mean of `kind`.
  public init(_ kind: Kind) { self.kind = kind }

  /// The name in job files.
  public var name: String { kind.rawValue }
  /// Smaller is better.
  public var prefersLess: Bool { true }
  /// Numbers.
  public var takesClasses: Bool? { false }
  /// Sums are listed, to be added in the order of the samples.
  public var merging: MetricMerging { .list }

  /// The sum of a chunk and how many it adds.
  public func numbers(of chunk: MetricChunk) -> [Double] {
    var (sum, count) = (0.0, 0.0)
    chunk.forEachNumber { _, output, label in
      let error = output - label
      sum += kind == .squared ? error * error : abs(error)
      count += 1
    }
    return [sum, count]
  }

  /// The mean.
  public func values(
    _ numbers: [Double], width: Int, loss: Double
  ) -> [(name: String, value: MetricValue)] {
    func sum(_ kind: Int) -> Double {
      stride(from: kind, to: numbers.count, by: 2).reduce(0) { $0 + numbers[$1] }
    }
    return [(name, .number(sum(0) / max(1, sum(1))))]
  }
}
