extension Job {
  /// What is done about a loss or gradient that is not finite, or a loss that explodes.
  public struct Divergence: Hashable, Sendable {
    /// So many steps in a row may be left out, without a change of the parameters.
    public var skips = 0
    /// Then the run goes back to its last checkpoint, so many times in all.
    public var rollbacks = 0
    /// By this the learning rate is multiplied each time the run goes back.
    public var rateFactor = 0.5
    /// A loss so many times the running mean of the losses counts as exploded; nil: none does.
    public var explosion: Double?

    /// The run ends at once.
    public init() {}

    /// Whether anything but the loss is to be looked at.
    var isOn: Bool { skips > 0 || rollbacks > 0 || explosion != nil }
  }
}

extension Schema<Job.Divergence> {
  static var divergence: Schema {
    let count = Codec<Int>.integer("an integer that is not negative") { $0 >= 0 }
    return Schema(
      "divergence", Job.Divergence(),
      [
        .optional("skips", \.skips, count),
        .optional("rollbacks", \.rollbacks, count),
        .optional("rateFactor", \.rateFactor, .number(.positive)),
        .optional("explosion", \.explosion, .number(.positive), or: "none"),
      ])
  }
}
