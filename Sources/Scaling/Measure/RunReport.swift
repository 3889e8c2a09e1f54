import Foundation

/// What one run on some ranks printed: `trireme bench train JOB --efficiency --json`.
public struct RunReport: Codable, Sendable, Equatable {
  /// Ranks of the run.
  public var ranks: Int
  /// Hosts on which they ran.
  public var hosts: Int
  /// Different cores that they could run on together.
  public var cores: Int
  /// Threads of a rank.
  public var threads: Int
  /// The all-reduce.
  public var algorithm: String
  /// Samples of a step, over all ranks.
  public var samples: Int
  /// Bytes of a rank's gradients as they are summed.
  public var gradientBytes: Int
  /// Bytes that the busiest rank sends in messages in a step; nil if MPI does not tell.
  public var sentBytes: Int?
  /// A step.
  public var stepMicroseconds: Double
  /// A step on the same ranks that leaves out the sum over them.
  public var aloneMicroseconds: Double
  /// A step until the last of the ranks has ended it, without the sum over with it.
  public var lastEfficiency: Double
  /// Waiting for samples and converting them.
  public var inputMicroseconds: Double
  /// A step without the sum, less its input.
  public var computeMicroseconds: Double
  /// What the slowest rank of each step works longer than the mean.
  public var imbalanceMicroseconds: Double
  /// What is left of a step with the sum.
  public var exposedMicroseconds: Double
  /// Sums under way while nobody waited for them.
  public var hiddenMicroseconds: Double
  /// A checkpoint's cost spread over steps; nil if it was not measured.
  public var checkpointMicroseconds: Double?
  /// Joules of all hosts for a step; nil if a host does not tell.
  public var joules: Double?

  /// Whether each thread had a core of its own.
  public var hasACoreAThread: Bool { cores >= ranks * threads }

  /// Reads the last line of what a run printed.
  ///
  /// - Throws: `DecodingError`.
  public init(output: String) throws {
    let line = output.split(whereSeparator: \.isNewline).last ?? ""
    self = try JSONDecoder().decode(RunReport.self, from: Data(line.utf8))
  }
}
