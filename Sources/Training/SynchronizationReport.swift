import Foundation

/// What ``SynchronizationBenchmark`` measured, the same on all ranks; times of a step are medians over
/// steps, means over ranks.
public struct SynchronizationReport: Encodable, Sendable {
  /// Ranks of the job.
  public let ranks: Int
  /// Hosts on which they run.
  public let hosts: Int
  /// Different cores that they may run on together.
  public let cores: Int
  /// Threads of a rank.
  public let threads: Int
  /// The all-reduce.
  public let algorithm: String
  /// Samples of a step, over all ranks.
  public let samples: Int
  /// Parameters that are summed, with padding.
  public let parameters: Int
  /// Bytes of a rank's gradients as they are summed.
  public let gradientBytes: Int
  /// Bytes that the busiest rank sends in messages in a step; nil if MPI does not tell (`native`).
  public let sentBytes: Int?
  /// A step with the sum over ranks.
  public let stepMicroseconds: Double
  /// A step without.
  public let aloneMicroseconds: Double
  /// The share of a step that is not spent on the sum over ranks, nor on waiting for slower ranks: means
  /// over ranks.
  public let efficiency: Double
  /// The same of the rank that is the last in each step, with the sum and without: how much faster other
  /// ranks are alone does not count.
  public let lastEfficiency: Double
  /// Waiting for samples and converting them.
  public let inputMicroseconds: Double
  /// A step without the sum, less its input.
  public let computeMicroseconds: Double
  /// What the slowest rank of each step works longer than the mean.
  public let imbalanceMicroseconds: Double
  /// What is left of a step with the sum.
  public let exposedMicroseconds: Double
  /// Sums under way while nobody waited for them; no part of the step.
  public let hiddenMicroseconds: Double
  /// A checkpoint's cost spread over the steps between two of them; nil if it was not measured.
  public internal(set) var checkpointMicroseconds: Double?
  /// Joules of all hosts for a step; nil if a host does not tell.
  public internal(set) var joules: Double?

  /// One line.
  public var line: String {
    String(
      format:
        "%d ranks, %@: step %.1f us with the sum over ranks, %.1f us without; efficiency %.1f %%, "
        + "of the last rank %.1f %%\n"
        + "  compute %.1f us, input %.1f us, imbalance %.1f us, exposed communication %.1f us (hidden %.1f us)",
      ranks, algorithm, stepMicroseconds, aloneMicroseconds, 100 * efficiency,
      100 * lastEfficiency, computeMicroseconds, inputMicroseconds, imbalanceMicroseconds,
      exposedMicroseconds, hiddenMicroseconds)
  }

  /// One JSON object.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
