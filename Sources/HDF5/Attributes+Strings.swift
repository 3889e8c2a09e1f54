import CHDF5

// MARK: - Strings

extension Attributes {
  /// Sets an attribute to one string, replacing what is there (`H5Awrite`).
  ///
  /// Variable strings are what h5py reads as `str`. Fixed strings lie in the object's header, which
  /// has a checksum; their length need not be exact, `.fixed` of the string's own size is the
  /// least.
  ///
  /// - Throws: `HDF5Error` when the string holds a zero byte or is longer than the fixed length.
  public func set(
    _ name: String, _ value: String, length: StringLength = .variable
  ) throws(HDF5Error) {
    try set(name, [value], shape: [], length: length)
  }

  /// Sets an attribute to an array of strings, replacing what is there (`H5Awrite`).
  public func set(
    _ name: String, _ values: [String], length: StringLength = .variable
  ) throws(HDF5Error) {
    try set(name, values, shape: [values.count], length: length)
  }

  private func set(
    _ name: String, _ values: [String], shape: [Int], length: StringLength
  ) throws(HDF5Error) {
    let strings = try StringTransfer(length, describe(name))
    let attribute = try replace(name, type: strings.type.id, shape: shape)
    try strings.write("H5Awrite", values) { H5Awrite(attribute.id, strings.type.id, $0) }
  }

  /// Reads an attribute that holds one string, of fixed or variable length (`H5Aread`).
  ///
  /// - Throws: `HDF5Error` when the attribute is missing, holds numbers, or holds several strings.
  public func string(_ name: String) throws(HDF5Error) -> String {
    try single(try strings(name), name)
  }

  /// Reads all strings of an attribute, of fixed or variable length (`H5Aread`).
  public func strings(_ name: String) throws(HDF5Error) -> [String] {
    let attribute = try open(name)
    let stored = try storedType(attribute, name)
    let strings = try StringTransfer(reading: stored, "strings", describe(name))
    let count = try dataspace(attribute, name).elementCount
    return try strings.read("H5Aread", count: count) {
      H5Aread(attribute.id, strings.type.id, $0)
    }
  }
}
