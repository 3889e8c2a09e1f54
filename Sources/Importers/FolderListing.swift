import Glibc

/// Names in folders, in the order of their bytes: the same on every rank.
enum FolderListing {
  /// The names in a folder but hidden ones; none if it cannot be read.
  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { name in
          name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names.filter { !$0.hasPrefix(".") }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether `path` is a folder.
  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// `path` itself, or the files in it that end in one of `suffixes`.
  static func files(_ path: String, endingIn suffixes: [String]) -> [String] {
    guard isFolder(path) else { return [path] }
    return names(in: path).filter { name in suffixes.contains { name.lowercased().hasSuffix($0) } }
      .map { "\(path)/\($0)" }
  }

  /// The last part of a path without its extensions.
  static func stem(_ path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.split(separator: ".").first.map(String.init) ?? file
  }
}
