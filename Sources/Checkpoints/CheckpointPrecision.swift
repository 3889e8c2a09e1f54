import HDF5

/// How many bits of each parameter a checkpoint keeps.
///
/// Optimizer state is always float32. Readers get float32 whatever is stored.
public enum CheckpointPrecision: String, Sendable, Hashable, CaseIterable {
  /// All of them: a resume goes on to the same bits.
  case float32
  /// IEEE half precision: 11 significant bits, up to 65504.
  case float16
  /// The upper half of a float32: 8 significant bits, the same range.
  case bfloat16
}

extension CheckpointPrecision {
  /// Creates a dataset for a tensor, with checksums.
  func createDataset(
    _ path: String, shape: [Int], in group: Group
  ) throws(HDF5Error) -> Dataset<Float> {
    let format: FloatFormat
    switch self {
    case .float32:
      return try group.createDataset(path, shape: shape, of: Float.self, filters: [.fletcher32])
    case .float16: format = .float16
    case .bfloat16: format = .bfloat16
    }
    return try group.createDataset(path, shape: shape, storedAs: format, filters: [.fletcher32])
  }
}
