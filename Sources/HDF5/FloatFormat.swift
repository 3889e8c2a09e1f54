import CHDF5

/// Floating-point formats of half the size, in which datasets may be stored; in memory they are
/// `Float`.
public enum FloatFormat: Sendable, Hashable {
  /// IEEE 754 binary16: 5 bits of exponent, 10 of mantissa.
  case float16
  /// The upper half of a binary32: 8 bits of exponent, 7 of mantissa.
  case bfloat16

  /// The type, little-endian (`H5Tset_fields`).
  func makeType(_ name: String) throws(HDF5Error) -> Handle {
    //     bit  15    14 ... m    m-1 ... 0
    //          sign  exponent    mantissa of m bits
    let mantissa = self == .float16 ? 10 : 7
    let exponent = 15 - mantissa
    let type = Handle(try check("H5Tcopy", name, H5Tcopy(chdf5_float32_little_endian())))
    try check(
      "H5Tset_fields", name, H5Tset_fields(type.id, 15, mantissa, exponent, 0, mantissa))
    try check("H5Tset_size", name, H5Tset_size(type.id, 2))
    try check("H5Tset_ebias", name, H5Tset_ebias(type.id, 1 << (exponent - 1) - 1))
    return type
  }
}

extension Group {
  /// Creates a dataset of numbers of half the size; see ``createDataset(_:shape:of:chunks:maximumShape:filters:)``.
  ///
  /// Values are rounded when they are written; those too large become infinite.
  @discardableResult
  public func createDataset(
    _ path: String, shape: [Int], storedAs format: FloatFormat, filters: [Filter] = []
  ) throws(HDF5Error) -> Dataset<Float> {
    let layout = DatasetLayout(shape: shape, maximumShape: nil, chunks: nil, filters: filters)
    let type = try format.makeType(location.name(path))
    let location = try createDataset(path, layout, type: type.id, elementByteCount: 2)
    return Dataset(location: location)
  }
}
