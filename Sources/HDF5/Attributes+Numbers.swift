import CHDF5

// MARK: - Numbers

extension Attributes {
  /// Sets an attribute to one number, replacing what is there (`H5Awrite`).
  public func set<Value: HDF5Scalar>(_ name: String, _ value: Value) throws(HDF5Error) {
    try set(name, [value], shape: [])
  }

  /// Sets an attribute to an array of numbers, replacing what is there (`H5Awrite`).
  public func set<Value: HDF5Scalar>(_ name: String, _ values: [Value]) throws(HDF5Error) {
    try set(name, values, shape: [values.count])
  }

  /// Sets an attribute to an array of numbers of any rank, in row-major order (`H5Awrite`).
  ///
  /// - Throws: `HDF5Error` when the number of values is not that of the shape.
  public func set<Value: HDF5Scalar>(
    _ name: String, _ values: [Value], shape: [Int]
  ) throws(HDF5Error) {
    try Dataspace.requireValid(shape, "set", describe(name))
    guard values.count == shape.reduce(1, *) else {
      throw HDF5Error(
        function: "set", path: describe(name),
        reason: "\(values.count) values for shape \(shape)")
    }
    let attribute = try replace(name, type: Value.scalarType.native, shape: shape)
    try values.withUnsafeBufferPointer { (buffer) throws(HDF5Error) in
      guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
      try check(
        "H5Awrite", describe(name), H5Awrite(attribute.id, Value.scalarType.native, base))
    }
  }

  /// Reads all numbers of an attribute, converted to `Value` (`H5Aread`).
  ///
  /// Conversions are those of ``Group/dataset(_:of:)``, except that an integer too large for
  /// `Value` is clamped.
  ///
  /// - Throws: `HDF5Error` when the attribute is missing or its elements do not convert.
  public func values<Value: HDF5Scalar>(
    _ name: String, of type: Value.Type = Value.self
  ) throws(HDF5Error) -> [Value] {
    let attribute = try open(name)
    let stored = try storedType(attribute, name)
    try stored.requireConvertible(to: Value.scalarType, "values", describe(name))
    let count = try dataspace(attribute, name).elementCount
    var values = [Value](repeating: .zero, count: count)
    try values.withUnsafeMutableBufferPointer { (buffer) throws(HDF5Error) in
      guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
      try check(
        "H5Aread", describe(name), H5Aread(attribute.id, Value.scalarType.native, base))
    }
    return values
  }

  /// Reads an attribute that holds one number (`H5Aread`).
  ///
  /// - Throws: `HDF5Error` when the attribute is missing, does not convert, or holds another
  ///   number of values.
  public func value<Value: HDF5Scalar>(
    _ name: String, of type: Value.Type = Value.self
  ) throws(HDF5Error) -> Value {
    try single(try values(name, of: type), name)
  }

  /// One integer.
  public func int(_ name: String) throws(HDF5Error) -> Int { try value(name) }

  /// One floating-point number; an integer converts.
  public func double(_ name: String) throws(HDF5Error) -> Double { try value(name) }

  /// All integers of an attribute.
  public func ints(_ name: String) throws(HDF5Error) -> [Int] { try values(name) }

  /// All floating-point numbers of an attribute; integers convert.
  public func doubles(_ name: String) throws(HDF5Error) -> [Double] { try values(name) }

  /// The only one of `values`.
  func single<Value>(_ values: [Value], _ name: String) throws(HDF5Error) -> Value {
    guard values.count == 1 else {
      throw HDF5Error(
        function: "value", path: describe(name),
        reason: "holds \(values.count) values, not one")
    }
    return values[0]
  }
}
