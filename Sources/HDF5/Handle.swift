import CHDF5

/// Owns one HDF5 identifier of any kind and closes it with its last reference (`H5Idec_ref`).
final class Handle: Sendable {
  let id: hid_t
  /// Kept open for as long as this handle lives: the file of an object.
  private let owner: Handle?

  init(_ id: hid_t, in owner: Handle? = nil) {
    self.id = id
    self.owner = owner
  }

  deinit { Library.release(id) }
}

/// An open object together with the words that name it in errors.
struct Location: Sendable {
  let handle: Handle
  let file: Handle
  /// Path of the file as it was given.
  let filePath: String
  /// Absolute path of the object in its file.
  let objectPath: String

  var id: hid_t { handle.id }

  /// `file:/path`, as errors say it.
  var name: String { "\(filePath):\(objectPath)" }

  /// The absolute path of `path` seen from here.
  func resolve(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    return objectPath == "/" ? "/\(path)" : "\(objectPath)/\(path)"
  }

  /// `file:/path` of something below this object.
  func name(_ path: String) -> String { "\(filePath):\(resolve(path))" }

  /// The open object `id` at `path` below this one.
  func descend(_ path: String, _ id: hid_t) -> Location {
    Location(
      handle: Handle(id, in: file), file: file, filePath: filePath, objectPath: resolve(path))
  }
}

/// Makes a property list of a class (`H5Pcreate`).
func makePropertyList(_ listClass: @autoclosure () -> hid_t) throws(HDF5Error) -> Handle {
  Handle(try check("H5Pcreate", "property list", H5Pcreate(listClass())))
}

extension Handle {
  /// Properties of new links: names are UTF-8.
  static func linkCreation() throws(HDF5Error) -> Handle {
    let list = try makePropertyList(chdf5_class_link_create())
    try check("H5Pset_char_encoding", "link", H5Pset_char_encoding(list.id, H5T_CSET_UTF8))
    return list
  }
}
