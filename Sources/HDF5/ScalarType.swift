import CHDF5

/// The numeric types that a dataset or attribute can hold in memory.
public enum ScalarType: String, Sendable, Hashable, CaseIterable {
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case float32, float64

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// Whether elements are whole numbers.
  public var isInteger: Bool { self != .float32 && self != .float64 }

  /// Whether elements can be negative.
  public var isSigned: Bool {
    switch self {
    case .uint8, .uint16, .uint32, .uint64: false
    default: true
    }
  }

  /// HDF5's identifier of this type in this machine's byte order (`H5T_NATIVE_…`).
  var native: hid_t {
    switch self {
    case .int8: chdf5_int8()
    case .int16: chdf5_int16()
    case .int32: chdf5_int32()
    case .int64: chdf5_int64()
    case .uint8: chdf5_uint8()
    case .uint16: chdf5_uint16()
    case .uint32: chdf5_uint32()
    case .uint64: chdf5_uint64()
    case .float32: chdf5_float()
    case .float64: chdf5_double()
    }
  }
}
