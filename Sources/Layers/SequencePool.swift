public import Graph

/// Makes one row of a sequence: its last step, its first one, or the mean of all; steps that are padding
/// do not count. See ``BuildContext/mask``.
public struct SequencePool: Layer {
  /// Which steps make the row.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The mean over the steps.
    case mean
    /// The first step.
    case first
    /// The last step before the padding.
    case last
  }

  /// Which steps make the row.
  public var kind: Kind

  /// The mean, unless said otherwise.
  public init(_ kind: Kind = .mean) { self.kind = kind }

  /// The name in job files.
  public var name: String { "sequencePool" }

  /// N x T x E -> N x E.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard x.shape.rank == 3 else {
      throw error("needs an input N x steps x width, is \(x.shape)", in: x.graph)
    }
    let (samples, steps, width) = (x.shape[0], x.shape[1], x.shape[2])
    let mask = context.mask(for: x)
    func step(_ index: Int) throws(GraphError) -> Tensor {
      try x.sliced(axis: 1, index..<index + 1).reshaped(to: [samples, width])
    }
    switch (kind, mask) {
    case (.first, _): return try step(0)
    case (.last, nil): return try step(steps - 1)
    case (.mean, nil): return try x.mean([1])
    case (.mean, let mask?):
      let count = try mask.sum([1], keepAxes: true)
      // A sequence of nothing but padding has a mean of 0.
      let share = try mask / (count + Self.isZero(count))
      return try Self.weighted(x, share)
    case (.last, let mask?):
      // Padding follows the tokens: the last one is seen and its follower is not.
      let next = try mask.padded(before: [0, 0], after: [0, 1]).sliced(axis: 1, 1..<steps + 1)
      return try Self.weighted(x, mask * (x.graph.constant(1) - next))
    }
  }

  private static func isZero(_ count: Tensor) throws(GraphError) -> Tensor {
    try (count.graph.constant(1) - count)(.relu)
  }

  /// The sum of the steps by their weights N x T.
  private static func weighted(_ x: Tensor, _ weights: Tensor) throws(GraphError) -> Tensor {
    try weights.reshaped(to: [x.shape[0], 1, x.shape[1]]).matmul(x)
      .reshaped(to: [x.shape[0], x.shape[2]])
  }
}
