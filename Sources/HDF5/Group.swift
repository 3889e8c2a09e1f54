import CHDF5

/// A group: a folder in an HDF5 file.
///
/// Paths are relative to the group, or absolute in the file when they start with `/`.
public struct Group: Sendable {
  let location: Location

  /// Absolute path in the file.
  public var path: String { location.objectPath }

  /// The group's attributes.
  public var attributes: Attributes { Attributes(location: location) }

  /// A remark on the group, empty when there is none (`H5Oget_comment`).
  ///
  /// Unlike attributes, comments do not count when tools such as h5diff compare files.
  public var comment: String {
    get throws(HDF5Error) {
      try readName(location.name) { H5Oget_comment(location.id, $0, $1) }
    }
  }

  /// Sets the remark on the group (`H5Oset_comment`).
  public func setComment(_ comment: String) throws(HDF5Error) {
    try check("H5Oset_comment", location.name, H5Oset_comment(location.id, comment))
  }

  /// Creates a group and the groups on the way to it (`H5Gcreate2`).
  ///
  /// - Throws: `HDF5Error` when the path exists.
  @discardableResult
  public func createGroup(_ path: String) throws(HDF5Error) -> Group {
    try createParents(of: path)
    return try createSingleGroup(path)
  }

  /// Opens a group (`H5Gopen2`).
  ///
  /// - Throws: `HDF5Error` when there is none at `path`.
  public func group(_ path: String) throws(HDF5Error) -> Group {
    let id = try check(
      "H5Gopen2", location.name(path), H5Gopen2(location.id, path, hid_t(H5P_DEFAULT)))
    return Group(location: location.descend(path, id))
  }

  // Note [Groups on the way]
  // H5Pset_create_intermediate_group would make them too, but with the time of day in them and
  // without an order: two runs would write different bytes.

  /// Makes the groups above `path` that are missing.
  func createParents(of path: String) throws(HDF5Error) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/").dropLast() {
      prefix += (prefix.isEmpty || prefix.hasSuffix("/") ? "" : "/") + component
      let linked = try check(
        "H5Lexists", location.name(prefix), H5Lexists(location.id, prefix, hid_t(H5P_DEFAULT)))
      if linked == 0 { try createSingleGroup(prefix) }
    }
  }

  @discardableResult
  private func createSingleGroup(_ path: String) throws(HDF5Error) -> Group {
    let links = try Handle.linkCreation()
    let creation = try makePropertyList(chdf5_class_group_create())
    let name = location.name(path)
    try check(
      "H5Pset_link_creation_order", name,
      H5Pset_link_creation_order(
        creation.id, UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)))
    try check("H5Pset_obj_track_times", name, H5Pset_obj_track_times(creation.id, false))
    let id = try check(
      "H5Gcreate2", name,
      H5Gcreate2(location.id, path, links.id, creation.id, hid_t(H5P_DEFAULT)))
    return Group(location: location.descend(path, id))
  }
}
