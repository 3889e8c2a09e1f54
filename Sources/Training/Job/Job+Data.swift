import Glibc

extension Job {
  /// Where samples come from.
  public enum Data: Hashable, Sendable {
    /// HDF5 shards.
    case shards(train: [DataPath], test: [DataPath])
    /// Windows over token files.
    case tokens(Tokens)
    /// Made-up samples, for measurements and tests without files.
    case synthetic(Synthetic)
  }

  /// Windows over long texts in token files.
  public struct Tokens: Hashable, Sendable {
    /// The text that is trained on: windows begin at every token.
    public var train: [DataPath]
    /// The text that is measured on: windows stand side by side.
    public var test: [DataPath]
    /// Tokens of a window: the model's input.
    public var window: Int
    /// Windows of an epoch; nil: as many as make up the text's length.
    public var epochWindows: Int?

    /// Windows over the given files.
    public init(train: [DataPath], test: [DataPath], window: Int, epochWindows: Int?) {
      (self.train, self.test) = (train, test)
      (self.window, self.epochWindows) = (window, epochWindows)
    }
  }

  /// Samples made from random numbers.
  public struct Synthetic: Hashable, Sendable {
    /// The shape of one sample: the model's input.
    public var shape: [Int]
    /// Labels are 0 ..< classes; nil: labels are numbers in the shape of the model's output.
    public var classes: Int?
    /// The number of samples.
    public var samples: Int

    /// So many samples of `shape`.
    public init(shape: [Int], classes: Int?, samples: Int) {
      self.shape = shape
      self.classes = classes
      self.samples = samples
    }
  }

  /// A path of a shard, or a pattern of `*`, `?` and `[...]` that stands for several.
  public struct DataPath: Hashable, Sendable {
    /// The absolute path or pattern.
    public let pattern: String
    /// Where it was written, for messages. Not a part of the value: equality leaves it out.
    public let place: JobError.Place

    /// A path written at `place`.
    public init(pattern: String, place: JobError.Place) {
      self.pattern = pattern
      self.place = place
    }

    /// Whether both are the same pattern.
    public static func == (a: DataPath, b: DataPath) -> Bool { a.pattern == b.pattern }

    /// Feeds the pattern to `hasher`.
    public func hash(into hasher: inout Hasher) { hasher.combine(pattern) }

    /// The files that are there now, in the order of their bytes: the same on every rank.
    ///
    /// Local; reads directories, opens no file.
    ///
    /// - Throws: `JobError` at the place of the pattern if there is none.
    public func files() throws(JobError) -> [String] {
      var found = glob_t()
      defer { globfree(&found) }
      // A pattern without a match and an unreadable directory are the same to the user: no file.
      guard glob(pattern, 0, nil, &found) == 0 else {
        throw JobError(place, "no file matches \(pattern)")
      }
      let names = UnsafeBufferPointer(start: found.gl_pathv, count: Int(found.gl_pathc))
        .compactMap { $0.map { String(cString: $0) } }
      return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
  }
}

extension [Job.DataPath] {
  /// The files of all patterns, in the order of the patterns, each file once.
  ///
  /// - Throws: `JobError` at the place of a pattern that matches no file.
  public func files() throws(JobError) -> [String] {
    var all: [String] = []
    for path in self {
      for file in try path.files() where !all.contains(file) { all.append(file) }
    }
    return all
  }
}

/// `path` as an absolute one: relative to `folder`, without `.` and `..`.
func absolutePath(_ path: String, in folder: String) -> String {
  var parts: [Substring] = []
  for part in ((path.hasPrefix("/") ? "" : folder + "/") + path).split(separator: "/") {
    switch part {
    case ".": continue
    case "..": _ = parts.popLast()
    default: parts.append(part)
    }
  }
  return "/" + parts.joined(separator: "/")
}
