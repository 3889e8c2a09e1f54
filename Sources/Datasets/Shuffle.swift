/// How the order of samples changes from epoch to epoch.
public enum Shuffle: String, Sendable, Hashable, CaseIterable {
  /// Any sample may follow any other: a keyed permutation of all.
  case global
  /// Shards in a new order, their chunks in a new order, samples mixed within a few chunks: files are
  /// read once an epoch, chunk by chunk.
  case shards
  /// As they lie in the files.
  case none
}
