import CHDF5

/// The attributes of a group or dataset: small named values that describe it.
public struct Attributes: Sendable {
  let location: Location

  /// Names in alphabetical order.
  public var names: [String] {
    get throws(HDF5Error) {
      let count = try check("H5Aget_num_attrs", location.name, H5Aget_num_attrs(location.id))
      var names: [String] = []
      for position in 0..<hsize_t(count) {
        names.append(
          try readName(location.name) {
            H5Aget_name_by_idx(
              location.id, ".", H5_INDEX_NAME, H5_ITER_INC, position, $0, $1, hid_t(H5P_DEFAULT))
          })
      }
      return names
    }
  }

  /// Whether there is an attribute called `name` (`H5Aexists`).
  public func contains(_ name: String) throws(HDF5Error) -> Bool {
    try check("H5Aexists", describe(name), H5Aexists(location.id, name)) > 0
  }

  /// Removes an attribute (`H5Adelete`).
  public func remove(_ name: String) throws(HDF5Error) {
    try check("H5Adelete", describe(name), H5Adelete(location.id, name))
  }

  /// Extents of an attribute's value; `[]` for one value.
  public func shape(_ name: String) throws(HDF5Error) -> [Int] {
    try dataspace(open(name), name).shape
  }

  /// The class of an attribute's elements as stored.
  public func elementClass(_ name: String) throws(HDF5Error) -> ElementClass {
    try storedType(open(name), name).elementClass
  }

  /// The attribute as errors name it.
  func describe(_ name: String) -> String { "\(location.name)@\(name)" }

  func open(_ name: String) throws(HDF5Error) -> Handle {
    Handle(
      try check("H5Aopen", describe(name), H5Aopen(location.id, name, hid_t(H5P_DEFAULT))),
      in: location.file)
  }

  func dataspace(_ attribute: Handle, _ name: String) throws(HDF5Error) -> Dataspace {
    let space = try check("H5Aget_space", describe(name), H5Aget_space(attribute.id))
    return try Dataspace(space, of: describe(name))
  }

  func storedType(_ attribute: Handle, _ name: String) throws(HDF5Error) -> StoredType {
    let type = try check("H5Aget_type", describe(name), H5Aget_type(attribute.id))
    return try StoredType(type, of: describe(name))
  }

  /// Creates the attribute `name`, in place of one that may be there.
  func replace(_ name: String, type: hid_t, shape: [Int]) throws(HDF5Error) -> Handle {
    let space = try Dataspace(shape: shape, "set", describe(name))
    if try contains(name) { try remove(name) }
    let creation = try makePropertyList(chdf5_class_attribute_create())
    try check(
      "H5Pset_char_encoding", describe(name), H5Pset_char_encoding(creation.id, H5T_CSET_UTF8))
    let id = try check(
      "H5Acreate2", describe(name),
      H5Acreate2(
        location.id, name, type, space.handle.id, creation.id, hid_t(H5P_DEFAULT)))
    return Handle(id, in: location.file)
  }
}
