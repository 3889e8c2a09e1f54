import HDF5

/// Windows over long texts: sample i is tokens s ..< s + n, its labels are the tokens after each.
///
///     file 0   t t t t t t t t t t          n = 4, stride 1: windows begin at 0, 1, ... 5
///              [features]
///                [ labels ]                 n = 4, stride 4: at 0 and 4, and the last token is only
///              [features][features]         a label: every token is predicted once
///
/// Windows do not reach from one file into the next. With stride 1 there are about as many windows as
/// tokens; an epoch takes ``epochCount`` of them, in the order of that epoch's permutation: a function
/// of seed, epoch and position alone, whatever ranks share the work and wherever a run goes on.
public final class TokenWindows: SampleSource {
  /// The files, in order.
  public let files: [TokenFile]
  /// The number of windows.
  public let count: Int
  /// Windows of one epoch.
  public let epochCount: Int
  /// Tokens from one window to the next.
  public let stride: Int
  /// What each id stands for; the numbers themselves when the files do not tell.
  public let classNames: [String]
  /// Whether ``classNames`` came from the files.
  public let hasVocabulary: Bool
  private let window: Int
  /// Number of the first window of each file.
  private let starts: [Int]
  /// All tokens of each file, if they fit.
  private let kept: [[Int32]]

  /// What the first file calls itself, or its path.
  public var name: String { files[0].name.isEmpty ? files[0].path : files[0].name }
  /// Tokens of a window.
  public var featureShape: [Int] { [window] }
  /// As many: the next token of each.
  public var labelShape: [Int] { [window] }
  /// Ids of the vocabulary.
  public var labelKind: LabelKind { .classes(classNames.count) }

  /// Opens files and checks that they belong together. Local.
  ///
  /// - Parameters:
  ///   - paths: The files.
  ///   - window: Tokens of a window, at least 1.
  ///   - stride: Tokens from one window to the next, at least 1.
  ///   - epochCount: Windows of one epoch; all of them if nil.
  ///   - cacheBytes: Texts that take no more memory than this, four bytes a token, are kept there.
  /// - Throws: `DatasetError` for files that are missing, damaged, too short, hold an id outside of
  ///   the vocabulary or another vocabulary than the first, or if there are fewer windows than an
  ///   epoch asks for.
  public init(
    paths: [String], window: Int, stride: Int = 1, epochCount: Int? = nil,
    cacheBytes: Int = 1 << 30
  ) throws(DatasetError) {
    precondition(window > 0 && stride > 0, "windows of \(window) every \(stride) tokens")
    var files: [TokenFile] = []
    var (starts, total, tokens) = ([Int](), 0, 0)
    for path in paths {
      let file = try TokenFile(path: path)
      if let first = files.first, file.vocabulary != first.vocabulary {
        throw .attribute(file: path, name: "vocabulary", problem: "is unlike that of \(first.path)")
      }
      guard file.count > window else {
        throw .notTokens(
          file: path,
          problem:
            "holds \(file.count) tokens, a window of \(window) and its labels need \(window + 1)")
      }
      files.append(file)
      starts.append(total)
      total += (file.count - window - 1) / stride + 1
      tokens += file.count
    }
    guard let first = files.first else { throw .noMatch(pattern: "(no path was given)") }
    if let epochCount, epochCount > total {
      throw .notTokens(
        file: first.path,
        problem: "holds \(total) windows of \(window), an epoch asks for \(epochCount)")
    }
    if let vocabulary = first.vocabulary {
      classNames = vocabulary
    } else {
      var largest = 0
      for file in files { largest = max(largest, try file.largest()) }
      classNames = (0...largest).map { "\($0)" }
    }
    hasVocabulary = first.vocabulary != nil
    (self.files, self.starts, self.window, self.stride) = (files, starts, window, stride)
    count = total
    self.epochCount = epochCount ?? total
    var kept: [[Int32]] = []
    if tokens <= cacheBytes / MemoryLayout<Int32>.size {
      for file in files {
        var ids = [Int32](repeating: 0, count: file.count)
        let limit = classNames.count
        try ids.withUnsafeMutableBufferPointer { (buffer) throws(DatasetError) in
          try file.read(0..<file.count, into: buffer, below: limit)
        }
        kept.append(ids)
      }
    }
    self.kept = kept
  }

  /// Reads windows; see ``SampleSource/read(_:into:labels:)``. Does not allocate if the texts are in
  /// memory.
  public func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    requireSizes(indices, features, labels)
    for (place, index) in indices.enumerated() {
      let number = starts.lastIndex { $0 <= index } ?? 0
      let start = (index - starts[number]) * stride
      if kept.isEmpty {
        var ids = [Int32](repeating: 0, count: window + 1)
        let (file, limit) = (files[number], classNames.count)
        try ids.withUnsafeMutableBufferPointer { (buffer) throws(DatasetError) in
          try file.read(start..<start + buffer.count, into: buffer, below: limit)
        }
        ids.withUnsafeBufferPointer { copy($0, to: place, features, labels) }
      } else {
        kept[number].withUnsafeBufferPointer {
          copy(
            UnsafeBufferPointer(rebasing: $0[start...start + window]), to: place, features, labels)
        }
      }
    }
  }

  /// Tokens of a window and one more become sample `place`.
  private func copy(
    _ ids: UnsafeBufferPointer<Int32>, to place: Int,
    _ features: UnsafeMutableBufferPointer<Float>, _ labels: LabelBuffer
  ) {
    for step in 0..<window { features[place * window + step] = Float(ids[step]) }
    guard case .classes(let buffer) = labels else { return }
    for step in 0..<window { buffer[place * window + step] = ids[step + 1] }
  }
}
