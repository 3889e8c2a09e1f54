import Glibc

/// File operations that survive a power cut, each a few system calls with their errors.
enum DurableFiles {
  /// Makes a folder and those above it.
  static func createFolder(_ path: String) throws(CheckpointError) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      prefix += component + "/"
      guard mkdir(prefix, 0o777) != 0, errno != EEXIST else { continue }
      let reason = lastError()
      // A folder above may exist and not be writable; only the last one tells.
      guard !isFolder(prefix) else { continue }
      throw .system(operation: "mkdir", path: prefix, reason: reason)
    }
    guard isFolder(path) else {
      throw .system(operation: "mkdir", path: path, reason: "there is a file of this name")
    }
  }

  /// Waits until a file's content, or a folder's list of names, is on the disk.
  static func synchronise(_ path: String) throws(CheckpointError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .system(operation: "open", path: path, reason: lastError())
    }
    defer { close(descriptor) }
    // EINVAL: a file system that cannot synchronise folders, such as some network ones.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw .system(operation: "fsync", path: path, reason: lastError())
    }
  }

  /// Gives a file its final name, in place of one that may have it, in one step.
  static func move(_ path: String, to target: String) throws(CheckpointError) {
    guard rename(path, target) == 0 else {
      throw .system(operation: "rename to \(target)", path: path, reason: lastError())
    }
  }

  /// Makes `link` lead to `target`, in place of what it led to, in one step.
  static func replaceLink(_ link: String, to target: String) throws(CheckpointError) {
    // A symbolic link cannot be changed; a new one beside it is renamed over it.
    let temporary = link + CheckpointFolder.partialSuffix
    unlink(temporary)
    guard symlink(target, temporary) == 0 else {
      throw .system(operation: "symlink", path: temporary, reason: lastError())
    }
    try move(temporary, to: link)
  }

  /// Removes a file; one that is not there is no error.
  static func remove(_ path: String) throws(CheckpointError) {
    guard unlink(path) == 0 || errno == ENOENT else {
      throw .system(operation: "unlink", path: path, reason: lastError())
    }
  }

  /// Names in a folder, sorted; none when there is no such folder.
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
    return names.sorted()
  }

  /// What a symbolic link says, or `nil` when there is none.
  static func target(of link: String) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let length = readlink(link, &bytes, Int(PATH_MAX))
    guard length >= 0 else { return nil }
    return String(decoding: bytes[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func isFolder(_ path: String) -> Bool {
    guard let stream = opendir(path.isEmpty ? "." : path) else { return false }
    closedir(stream)
    return true
  }

  private static func lastError() -> String { String(cString: strerror(errno)) }
}
