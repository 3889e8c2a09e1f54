import Checkpoints
import Datasets
public import Importers

/// Texts about files, for the commands that look at them.
public enum Inspection {
  /// What a checkpoint holds.
  ///
  /// - Throws: `CheckpointError`.
  public static func checkpoint(_ path: String) throws -> String {
    "\(try CheckpointSummary(CheckpointReader(path)))"
  }

  /// The differences of two checkpoints, bit by bit.
  ///
  /// - Throws: `CheckpointError`.
  public static func comparison(
    of first: String, _ second: String
  ) throws -> (text: String, isEqual: Bool) {
    let comparison = try CheckpointComparison(
      try CheckpointReader(first), try CheckpointReader(second))
    return ("\(comparison)", comparison.isEqual)
  }

  /// The shards of one split, named by paths and patterns.
  ///
  /// - Throws: `DatasetError`.
  public static func dataset(_ patterns: [String]) throws -> String {
    let shards = try ShardedDataset(
      paths: try ShardPaths.expand(patterns), requiresLabels: false)
    return "\(try DatasetSummary(shards))"
  }

  /// The samples of shards named by paths and patterns, as they are stored.
  ///
  /// - Throws: `DatasetError`.
  public static func samples(_ patterns: [String]) throws -> any SourceSamples {
    try ShardSamples(paths: try ShardPaths.expand(patterns))
  }
}
