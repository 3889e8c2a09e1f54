/// A Swift number that HDF5 stores as it is: all fixed-width integers, `Int`, `UInt`, `Float` and
/// `Double`.
public protocol HDF5Scalar: BitwiseCopyable, Sendable {
  /// The type on the HDF5 side, of the same width and layout.
  static var scalarType: ScalarType { get }
  /// The number zero, which fills new buffers.
  static var zero: Self { get }
}

extension Int8: HDF5Scalar {
  /// `H5T_NATIVE_INT8`.
  public static var scalarType: ScalarType { .int8 }
}

extension Int16: HDF5Scalar {
  /// `H5T_NATIVE_INT16`.
  public static var scalarType: ScalarType { .int16 }
}

extension Int32: HDF5Scalar {
  /// `H5T_NATIVE_INT32`.
  public static var scalarType: ScalarType { .int32 }
}

extension Int64: HDF5Scalar {
  /// `H5T_NATIVE_INT64`.
  public static var scalarType: ScalarType { .int64 }
}

extension Int: HDF5Scalar {
  /// `H5T_NATIVE_INT64`: the package supports 64-bit platforms only.
  public static var scalarType: ScalarType { .int64 }
}

extension UInt8: HDF5Scalar {
  /// `H5T_NATIVE_UINT8`.
  public static var scalarType: ScalarType { .uint8 }
}

extension UInt16: HDF5Scalar {
  /// `H5T_NATIVE_UINT16`.
  public static var scalarType: ScalarType { .uint16 }
}

extension UInt32: HDF5Scalar {
  /// `H5T_NATIVE_UINT32`.
  public static var scalarType: ScalarType { .uint32 }
}

extension UInt64: HDF5Scalar {
  /// `H5T_NATIVE_UINT64`.
  public static var scalarType: ScalarType { .uint64 }
}

extension UInt: HDF5Scalar {
  /// `H5T_NATIVE_UINT64`: the package supports 64-bit platforms only.
  public static var scalarType: ScalarType { .uint64 }
}

extension Float: HDF5Scalar {
  /// `H5T_NATIVE_FLOAT`.
  public static var scalarType: ScalarType { .float32 }
}

extension Double: HDF5Scalar {
  /// `H5T_NATIVE_DOUBLE`.
  public static var scalarType: ScalarType { .float64 }
}
