import CHDF5

// MARK: - Links: existence, removal, renaming, links to elsewhere

extension Group {
  /// Whether `path` leads to an object; a link that leads nowhere does not exist (`H5Lexists`,
  /// `H5Oexists_by_name`).
  public func exists(_ path: String) throws(HDF5Error) -> Bool {
    // H5Lexists fails, rather than saying no, when a group on the way is missing; so each step is
    // asked for.
    var prefix = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      prefix += (prefix.isEmpty || prefix.hasSuffix("/") ? "" : "/") + component
      let name = location.name(prefix)
      let linked = try check(
        "H5Lexists", name, H5Lexists(location.id, prefix, hid_t(H5P_DEFAULT)))
      guard linked > 0 else { return false }
      // A link into a missing file is no object; HDF5 reports it as a failure to look.
      let leads = try Library.locked { () throws(HDF5Error) -> Int32 in
        H5Oexists_by_name(location.id, prefix, hid_t(H5P_DEFAULT))
      }
      guard leads > 0 else { return false }
    }
    return true
  }

  /// Removes the link at `path`; its object goes with its last link (`H5Ldelete`).
  ///
  /// The space in the file is reused only while the file stays open.
  public func delete(_ path: String) throws(HDF5Error) {
    try check(
      "H5Ldelete", location.name(path), H5Ldelete(location.id, path, hid_t(H5P_DEFAULT)))
  }

  /// Moves the link at `path` to `newPath`, making the groups on the way (`H5Lmove`).
  ///
  /// - Throws: `HDF5Error` when `path` is missing or `newPath` exists.
  public func rename(_ path: String, to newPath: String) throws(HDF5Error) {
    try createParents(of: newPath)
    let links = try Handle.linkCreation()
    try check(
      "H5Lmove", location.name(path),
      H5Lmove(location.id, path, location.id, newPath, links.id, hid_t(H5P_DEFAULT)))
  }

  /// Makes `path` lead to an object of another file (`H5Lcreate_external`).
  ///
  /// A relative `file` is looked up beside this file. Neither file nor object need exist yet.
  public func createExternalLink(
    _ path: String, toFile file: String, object: String
  ) throws(HDF5Error) {
    try createParents(of: path)
    let links = try Handle.linkCreation()
    try check(
      "H5Lcreate_external", location.name(path),
      H5Lcreate_external(file, object, location.id, path, links.id, hid_t(H5P_DEFAULT)))
  }

  /// Makes `path` lead to another path of the same file (`H5Lcreate_soft`).
  public func createSoftLink(_ path: String, to target: String) throws(HDF5Error) {
    try createParents(of: path)
    let links = try Handle.linkCreation()
    try check(
      "H5Lcreate_soft", location.name(path),
      H5Lcreate_soft(target, location.id, path, links.id, hid_t(H5P_DEFAULT)))
  }
}
