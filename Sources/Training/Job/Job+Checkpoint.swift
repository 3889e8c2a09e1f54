public import Checkpoints

extension Job {
  /// When a checkpoint is written, besides the one at the end, and which stay.
  public struct Checkpoint: Hashable, Sendable {
    /// After each so many steps; nil: not by steps.
    public var everySteps: Int?
    /// After each so many epochs; nil: not by epochs. 1 if the file gives no rule at all.
    public var everyEpochs: Int?
    /// When so many minutes have passed since the last one; nil: not by the clock.
    public var everyMinutes: Double?
    /// The number of latest checkpoints that stay; nil: all.
    public var keep: Int? = 3
    /// Those of each so many steps stay for ever; nil: none.
    public var keepEvery: Int?
    /// What the best checkpoint, which stays, is chosen by: `loss`, `accuracy`, or what a metric
    /// reports; nil: none is chosen.
    public var best: String?
    /// Whether the training goes on while a checkpoint is written, for which the root rank holds a
    /// copy of parameters and optimizer state.
    public var background = true
    /// Who writes what.
    public enum Layout: String, Hashable, Sendable, CaseIterable {
      /// The root rank writes one file.
      case single
      /// Every rank writes a part, to a folder that all see.
      case perRank
    }

    /// Who writes what.
    public var layout = Layout.single
    /// How parameters are stored. What is not `float32` does not resume to the same bits.
    public var precision = CheckpointPrecision.float32

    /// A checkpoint at the end only.
    public init() {}
  }
}

extension Schema<Job.Checkpoint> {
  static var checkpoint: Schema {
    Schema(
      "checkpoint", Job.Checkpoint(),
      [
        .optional("everySteps", \.everySteps, .positive, or: "never"),
        .optional("everyEpochs", \.everyEpochs, .positive, or: "never"),
        .optional("everyMinutes", \.everyMinutes, .number(.positive), or: "never"),
        .optional("keep", \.keep, .positive, or: "all"),
        .optional("keepEvery", \.keepEvery, .positive, or: "none"),
        .optional("best", \.best, .text("loss, accuracy or the name of a metric"), or: "none"),
        .optional("background", \.background, .flag),
        .optional("layout", \.layout, .word),
        .optional("precision", \.precision, .word),
      ])
  }
}
