public import HDF5

/// Why samples could not be read: names the file, the dataset, the sample and what was expected.
public enum DatasetError: Error, Sendable, Equatable {
  /// No file matches a path or pattern.
  case noMatch(pattern: String)
  /// An import was interrupted while it replaced the files of another.
  case unfinished(folder: String)
  /// A file is missing, truncated, damaged or no HDF5 file, or HDF5 failed to read it.
  case unreadable(HDF5Error)
  /// A shard lacks a dataset.
  case missingDataset(file: String, dataset: String)
  /// A shard or a split holds no samples.
  case empty(file: String)
  /// A dataset has another shape of one sample than that of the first shard.
  case shapeMismatch(
    file: String, dataset: String, shape: [Int], reference: String, expected: [Int])
  /// A dataset has another element type than that of the first shard.
  case typeMismatch(
    file: String, dataset: String, type: String, reference: String, expected: String)
  /// Features and labels of one shard differ in number.
  case countMismatch(file: String, features: [Int], labels: [Int])
  /// A dataset declares more than can be read: a sample of more than 2 GiB, or more chunks than can be
  /// counted.
  case tooLarge(file: String, dataset: String, shape: [Int])
  /// An attribute is missing, malformed, or unlike that of the first shard.
  case attribute(file: String, name: String, problem: String)
  /// A label is not a class; `index` counts samples within the file.
  case labelOutOfRange(file: String, index: Int, label: Int, classes: Int)
  /// A feature or target is NaN or infinite; `index` counts samples within the file.
  case notFinite(file: String, dataset: String, index: Int)
  /// A file holds no tokens as they must be.
  case notTokens(file: String, problem: String)
  /// A feature is no token id; `index` counts samples of the split.
  case notToken(file: String, index: Int, value: Float, tokens: Int)
}

extension DatasetError: CustomStringConvertible {
  /// One line with the file first.
  public var description: String {
    switch self {
    case .notToken(let file, let index, let value, let tokens):
      "\(file): sample \(index) has the feature \(value), but the model takes token ids 0 to \(tokens - 1)"
    case .notTokens(let file, let problem):
      "\(file): \(problem)"
    case .unfinished(let folder):
      "\(folder): holds files of two imports, the second of which was interrupted; import again with --replace"
    case .noMatch(let pattern):
      "no file matches \(pattern)"
    case .unreadable(let error):
      "\(error)"
    case .missingDataset(let file, let dataset):
      "\(file): has no dataset \(dataset); a shard holds /features and /labels"
    case .empty(let file):
      "\(file): holds no samples"
    case .shapeMismatch(let file, let dataset, let shape, let reference, let expected):
      "\(file): \(dataset) has samples of shape \(shape), those of \(reference) are \(expected)"
    case .typeMismatch(let file, let dataset, let type, let reference, let expected):
      "\(file): \(dataset) holds \(type), \(reference) \(expected)"
    case .countMismatch(let file, let features, let labels):
      "\(file): /features has shape \(features), /labels \(labels); the first extents must agree"
    case .tooLarge(let file, let dataset, let shape):
      "\(file): \(dataset) declares shape \(shape): a sample may have 2 GiB, a file 2^31 chunks of them"
    case .attribute(let file, let name, let problem):
      "\(file): attribute \(name) \(problem)"
    case .labelOutOfRange(let file, let index, let label, let classes):
      "\(file): /labels[\(index)] is \(label), outside 0..<\(classes)"
    case .notFinite(let file, let dataset, let index):
      "\(file): \(dataset)[\(index)] holds NaN or infinity"
    }
  }
}

/// Runs HDF5 calls and passes their error on as `DatasetError.unreadable`.
func reading<Result>(
  _ body: () throws(HDF5Error) -> Result
) throws(DatasetError) -> Result {
  do {
    return try body()
  } catch {
    throw .unreadable(error)
  }
}
