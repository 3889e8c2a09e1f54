import Glibc

/// The exponential of the mean loss: of a cross-entropy, how many classes a guess chooses from.
public struct Perplexity: Metric {
  /// The metric.
  public init() {}

  /// The name in job files.
  public var name: String { "perplexity" }
  /// Smaller is better.
  public var prefersLess: Bool { true }
  /// Classes.
  public var takesClasses: Bool? { true }
  /// Nothing but the loss is needed.
  public var merging: MetricMerging { .sum }

  /// Nothing.
  public func numbers(of chunk: MetricChunk) -> [Double] { [] }

  /// exp(loss).
  public func values(
    _ numbers: [Double], width: Int, loss: Double
  ) -> [(name: String, value: MetricValue)] { [(name, .number(exp(loss)))] }
}
