import Glibc
import HDF5

/// Reads checkpoints that are in parts; see Note [Parts].
enum CheckpointParts {
  /// Opens all parts that `file` joins, by their names.
  ///
  /// - Throws: `CheckpointError` when a part is missing, damaged, or of another checkpoint.
  static func open(of file: File) throws(CheckpointError) -> [String: File] {
    let token = try accessing { () throws(HDF5Error) in try CheckpointState.token(in: file) }
    guard let token else { return [:] }
    let names = try accessing { () throws(HDF5Error) in
      var names: Set<String> = []
      for group in [CheckpointFormat.model] + (try slots(of: file)) {
        let group = try file.group(group)
        for name in try group.names {
          names.formUnion(try group.untypedDataset(name).virtualSources.map(\.file))
        }
      }
      return names
    }
    let folder = folder(of: file.path)
    var parts: [String: File] = [:]
    for name in names.sorted() {
      let path = "\(folder)/\(name)"
      let (part, found) = try accessing { () throws(HDF5Error) in
        let part = try File.open(path, .readOnly)
        let state = try part.group(CheckpointFormat.state)
        return (part, try state.attributes.string(CheckpointFormat.token))
      }
      guard found == token else {
        throw .malformed(
          file: path, object: "/\(CheckpointFormat.state)",
          problem: "is a part of another checkpoint than \(file.path)")
      }
      parts[name] = part
    }
    return parts
  }

  /// Reads the tensor at `path` from the parts.
  static func read(
    _ path: String, of file: File, _ parts: [String: File],
    into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    let whole = try accessing { () throws(HDF5Error) in try file.root.untypedDataset(path) }
    let row = whole.shape.dropFirst().reduce(1, *)
    var next = 0
    for source in whole.virtualSources.sorted(by: { $0.offset[0] < $1.offset[0] }) {
      let begin = source.offset[0] * row
      let end = begin + source.shape.reduce(1, *)
      guard begin == next, end <= buffer.count, let part = parts[source.file] else {
        throw .malformed(
          file: file.path, object: "/\(path)", problem: "its parts do not make a whole")
      }
      try accessing { () throws(HDF5Error) in
        try part.dataset(path, of: Float.self).read(
          into: UnsafeMutableBufferPointer(rebasing: buffer[begin..<end]))
      }
      next = end
    }
    guard next == buffer.count else {
      throw .malformed(
        file: file.path, object: "/\(path)",
        problem: "its parts have \(next) elements, \(buffer.count) are wanted")
    }
  }

  private static func slots(of file: File) throws(HDF5Error) -> [String] {
    guard try file.exists(CheckpointFormat.optimizer) else { return [] }
    return try file.group(CheckpointFormat.optimizer).names.map {
      "\(CheckpointFormat.optimizer)/\($0)"
    }
  }

  /// The folder in which a file really lies: `latest` is a link.
  private static func folder(of path: String) -> String {
    guard let real = realpath(path, nil) else { return "." }
    defer { free(real) }
    return String(cString: real).split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
  }
}
