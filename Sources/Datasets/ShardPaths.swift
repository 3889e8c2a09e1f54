import Glibc

/// Turns the paths and patterns of a job file into the paths of shards.
public enum ShardPaths {
  /// The name of a file in folders whose shards are of two imports, because the second was interrupted
  /// while it gave its files their names.
  public static let unfinishedMark = ".unfinished-import"

  /// Expands patterns such as `train-*.h5` (`glob(3)`): in the given order, each one's matches
  /// sorted.
  ///
  /// - Parameters:
  ///   - patterns: paths, with `*`, `?` and `[...]` where wanted.
  ///   - folder: what relative patterns are relative to; the current folder when `nil`.
  /// - Throws: `DatasetError.noMatch` with the first pattern that leads to no file, `.unfinished` for a
  ///   folder that bears the mark.
  public static func expand(
    _ patterns: [String], relativeTo folder: String? = nil
  ) throws(DatasetError) -> [String] {
    var paths: [String] = []
    for pattern in patterns {
      let absolute =
        if let folder, !pattern.hasPrefix("/") { "\(folder)/\(pattern)" } else { pattern }
      let found = matches(absolute)
      guard !found.isEmpty else { throw .noMatch(pattern: absolute) }
      for folder in Set(found.map { Self.folder(of: $0) }).sorted() {
        guard access("\(folder)/\(unfinishedMark)", F_OK) != 0 else {
          throw .unfinished(folder: folder)
        }
      }
      paths += found
    }
    return paths
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }

  private static func matches(_ pattern: String) -> [String] {
    var result = glob_t()
    defer { globfree(&result) }
    // Sorted here, not by glob: its order depends on the locale, and every rank must see the same.
    guard glob(pattern, GLOB_NOSORT, nil, &result) == 0 else { return [] }
    var paths: [String] = []
    for index in 0..<Int(result.gl_pathc) {
      if let path = result.gl_pathv[index] { paths.append(String(cString: path)) }
    }
    return paths.sorted()
  }
}
