/// Which checkpoints of a folder stay when a new one has been written.
///
/// A checkpoint goes when no rule keeps it. The one that was written last always stays.
public struct Retention: Sendable, Hashable {
  /// The number of newest ones that stay, the one just written included; nil: all.
  public var newest: Int?
  /// Those whose step is a multiple of this stay for ever; nil: none for this reason.
  public var every: Int?
  /// The step of the one that the link `best` leads to; nil: none for this reason.
  public var best: Int?

  /// The given rules.
  public init(newest: Int?, every: Int? = nil, best: Int? = nil) {
    (self.newest, self.every, self.best) = (newest, every, best)
  }

  /// Those of `steps`, in ascending order, that go. The last of them is the one just written.
  public func surplus(of steps: [Int]) -> [Int] {
    guard let newest else { return [] }
    return steps.dropLast(max(1, newest)).filter { step in
      let isMilestone = every.map { step % $0 == 0 } ?? false
      return step != best && !isMilestone
    }
  }
}

extension Retention: ExpressibleByIntegerLiteral {
  /// The so many newest ones.
  public init(integerLiteral newest: Int) { self.init(newest: newest) }
}
