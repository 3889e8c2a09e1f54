public import Datasets

extension Job {
  /// How samples are read: the keys of `data` beside its paths.
  public struct Loading: Hashable, Sendable {
    /// How the order changes from epoch to epoch; nil: `global` if the split fits into the memory for
    /// samples, else `shards`.
    public var shuffle: Shuffle?
    /// Memory of a rank for samples, in megabytes (10^6 bytes).
    public var cacheMegabytes = 192.0
    /// Whether the ranks of a node keep samples in one piece of memory.
    public var sharedCache = false
    /// Whether samples of rare classes come more often.
    public var sampling = SamplingChoice.none
    /// Whether samples of about the same length come in one batch.
    public var groupByLength = false
    /// How features become inputs.
    public var normalization = NormalizationChoice.file
    /// Random changes of training samples, in this order.
    public var augmentation: [Augmentation] = []

    /// The defaults.
    public init() {}

    /// The memory for samples of the train split.
    public var cacheByteCount: Int { Int(cacheMegabytes * 1e6) }
  }

  /// How features become inputs: x' = (x - mean) / deviation.
  public enum NormalizationChoice: String, Hashable, Sendable, CaseIterable {
    /// As the files say.
    case file
    /// By mean and deviation of each channel of the train split, computed when the training starts.
    case channels
    /// By those of each feature.
    case features
    /// As they are.
    case none
  }

  /// How often samples of each class come.
  public enum SamplingChoice: Hashable, Sendable {
    /// Each sample once.
    case none
    /// Classes are drawn with these weights, or all alike.
    case weighted([Double]?, replacement: Bool, share: Double)
    /// Rare classes are repeated.
    case oversampled
  }
}
