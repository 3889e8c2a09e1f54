import HDF5

/// One long text as token ids, in a file of the form that `Documentation/file-formats.md` describes.
public struct TokenFile: Sendable {
  /// Path of the file.
  public let path: String
  /// What the text is called; empty when the file does not tell.
  public let name: String
  /// The number of tokens.
  public let count: Int
  /// What each id stands for; nil when the file does not tell.
  public let vocabulary: [String]?
  let tokens: UntypedDataset

  /// Opens a file and reads its description, not its tokens. Local.
  ///
  /// - Throws: `DatasetError` when the file is missing, damaged, empty, or not a token file.
  public init(path: String) throws(DatasetError) {
    self.path = path
    let file = try reading { () throws(HDF5Error) in try File.open(path, .readOnly) }
    let exists = try reading { () throws(HDF5Error) in try file.exists("tokens") }
    guard exists else {
      throw .notTokens(file: path, problem: "has no dataset /tokens")
    }
    tokens = try reading { () throws(HDF5Error) in try file.untypedDataset("tokens") }
    guard tokens.shape.count == 1, tokens.scalarType?.isInteger == true else {
      throw .notTokens(
        file: path,
        problem: "/tokens must be one row of integers, is \(tokens.shape) of "
          + "\(tokens.elementClass) elements")
    }
    count = tokens.shape[0]
    guard count > 0 else { throw .empty(file: path) }
    let attributes = ShardAttributes(path: path, attributes: file.attributes)
    try attributes.checkVersion()
    name = try attributes.name()
    vocabulary = try attributes.vocabulary()
  }

  /// Reads the tokens `range` into `ids` and sees that they are below `limit`.
  func read(
    _ range: Range<Int>, into ids: UnsafeMutableBufferPointer<Int32>, below limit: Int
  ) throws(DatasetError) {
    try reading { () throws(HDF5Error) in
      try tokens.readRows(range, as: .int32, into: UnsafeMutableRawBufferPointer(ids))
    }
    for (place, id) in ids.enumerated() where id < 0 || id >= limit {
      throw .notTokens(
        file: path,
        problem: "/tokens[\(range.lowerBound + place)] is \(id), outside 0..<\(limit)")
    }
  }

  /// The largest id, by a pass over all of them.
  func largest() throws(DatasetError) -> Int {
    var largest: Int32 = 0
    var ids = [Int32](repeating: 0, count: min(count, 1 << 20))
    for start in stride(from: 0, to: count, by: ids.count) {
      let range = start..<min(count, start + ids.count)
      try ids.withUnsafeMutableBufferPointer { (buffer) throws(DatasetError) in
        try read(
          range, into: UnsafeMutableBufferPointer(rebasing: buffer[..<range.count]),
          below: Int(Int32.max))
      }
      largest = max(largest, ids[..<range.count].max() ?? 0)
    }
    return Int(largest)
  }
}

extension ShardAttributes {
  /// What each token id stands for.
  fileprivate func vocabulary() throws(DatasetError) -> [String]? {
    let exists = try reading { () throws(HDF5Error) in try attributes.contains("vocabulary") }
    guard exists else { return nil }
    let entries = try reading { () throws(HDF5Error) in try attributes.strings("vocabulary") }
    guard !entries.isEmpty else {
      throw .attribute(file: path, name: "vocabulary", problem: "names no token")
    }
    return entries
  }
}
