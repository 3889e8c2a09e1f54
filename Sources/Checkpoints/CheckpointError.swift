public import HDF5

/// Why a checkpoint could not be written, read or used: names the file and the dataset in it.
public enum CheckpointError: Error, Sendable, Equatable {
  /// A folder or file could not be made, synchronised, renamed or removed.
  case system(operation: String, path: String, reason: String)
  /// HDF5 failed: a missing, truncated or damaged file, a failed checksum, a full disk.
  case hdf5(HDF5Error)
  /// The file is an HDF5 file but not a checkpoint that this program understands.
  case malformed(file: String, object: String, problem: String)
  /// The checkpoint is of another model.
  case mismatch(file: String, TensorMismatch)
  /// Not all ranks could write their parts of a checkpoint; each that could not has said why.
  case partsMissing(step: Int)
  /// A folder holds no checkpoint that can be read; `rejected` says why for each.
  case noneReadable(folder: String, rejected: [String])
}

extension CheckpointError: CustomStringConvertible {
  /// The file first; one line, but for a mismatch, which has one for each tensor.
  public var description: String {
    switch self {
    case .system(let operation, let path, let reason): "\(path): \(operation) failed: \(reason)"
    case .hdf5(let error): "\(error)"
    case .malformed(let file, let object, let problem): "\(file):\(object): \(problem)"
    case .mismatch(let file, let mismatch):
      "\(file): is a checkpoint of another model\n\(mismatch)"
    case .partsMissing(let step): "not all parts of step \(step) could be written"
    case .noneReadable(let folder, let rejected):
      "\(folder): holds no readable checkpoint"
        + rejected.map { "\n  \($0)" }.joined()
    }
  }
}

/// Runs HDF5 calls and passes their error on as `CheckpointError.hdf5`.
func accessing<Result>(
  _ body: () throws(HDF5Error) -> Result
) throws(CheckpointError) -> Result {
  do {
    return try body()
  } catch {
    throw .hdf5(error)
  }
}
