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

  /// Reads all of a checkpoint, and says what it is in one line.
  ///
  /// - Throws: `CheckpointError` that names the damaged dataset.
  public static func verification(of path: String) throws -> String {
    let reader = try CheckpointReader(path)
    try reader.verify()
    let tensors = reader.model.count + reader.optimizer.values.reduce(0) { $0 + $1.count }
    let parameters = reader.model.reduce(0) { $0 + $1.elementCount }
    return "\(path): step \(reader.state.step), \(tensors) tensors, \(parameters) parameters"
  }

  /// Writes the mean of several checkpoints of one model.
  ///
  /// - Throws: `CheckpointError`.
  public static func average(of paths: [String], to output: String) throws {
    try CheckpointAverage.write(of: paths, to: output)
  }

  /// Removes old checkpoints from the output folder of a run, or from its folder of checkpoints.
  ///
  /// - Returns: The paths of those that went, or would go.
  /// - Throws: `Failure` if there are no checkpoints; `CheckpointError`.
  public static func prune(
    _ folder: String, keep: Int, keepEvery: Int?, isDryRun: Bool
  ) throws -> [String] {
    let candidates = [CheckpointFolder(RunFolder(folder).checkpoints), CheckpointFolder(folder)]
    guard let checkpoints = candidates.first(where: { !$0.steps.isEmpty }) else {
      throw Failure(.usage, "\(folder): holds no checkpoints")
    }
    let retention = Retention(newest: keep, every: keepEvery, best: checkpoints.bestStep)
    let surplus = retention.surplus(of: checkpoints.steps).filter { $0 != checkpoints.latestStep }
    if !isDryRun {
      for step in surplus { try checkpoints.remove(step: step) }
      try checkpoints.removeLeftovers()
    }
    return surplus.map(checkpoints.file(step:))
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

  /// What is wrong with shards named by paths and patterns; exit code 65 if anything is.
  ///
  /// - Parameter test: The shards of another split, which must have no sample of the first.
  /// - Throws: `DatasetError` for a pattern without a file.
  public static func check(
    _ patterns: [String], test: [String]
  ) throws -> (text: String, isSound: Bool) {
    let check = DatasetCheck(
      try ShardPaths.expand(patterns), test: try test.isEmpty ? [] : ShardPaths.expand(test))
    let verdict =
      "\(check.sampleCount) samples in \(check.fileCount) files: "
      + (check.errors.isEmpty
        ? "sound" : "\(check.errors.count) error\(check.errors.count == 1 ? "" : "s")")
    return (
      (check.errors + check.warnings + [verdict]).joined(separator: "\n"), check.errors.isEmpty
    )
  }

  /// The samples of shards named by paths and patterns, as they are stored.
  ///
  /// - Throws: `DatasetError`.
  public static func samples(_ patterns: [String]) throws -> any SourceSamples {
    try ShardSamples(paths: try ShardPaths.expand(patterns))
  }
}
