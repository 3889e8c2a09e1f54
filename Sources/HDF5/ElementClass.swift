import CHDF5

/// The class of a dataset's or attribute's elements as stored (`H5T_class_t`).
public enum ElementClass: Sendable, Hashable {
  case integer(signed: Bool)
  case floatingPoint
  /// Strings of at most `byteCount` bytes, or of any length when it is `nil`.
  case string(byteCount: Int?)
  /// Named integers; h5py stores Booleans so.
  case enumeration
  /// Compound, array, opaque, reference or another class that this library does not read.
  case other(String)
}

extension ElementClass: CustomStringConvertible {
  /// A word or two, as errors say it.
  public var description: String {
    switch self {
    case .integer(let signed): signed ? "signed integer" : "unsigned integer"
    case .floatingPoint: "floating point"
    case .string(nil): "variable-length string"
    case .string(.some(let count)): "string of \(count) bytes"
    case .enumeration: "enumeration"
    case .other(let name): name
    }
  }
}

/// What is stored: the identifier of a datatype and what it says about itself.
struct StoredType {
  let handle: Handle
  let elementClass: ElementClass
  let byteCount: Int

  /// Describes the datatype `id` and takes it over.
  init(_ id: hid_t, of name: String) throws(HDF5Error) {
    handle = Handle(id)
    byteCount = H5Tget_size(id)
    switch H5Tget_class(id) {
    case H5T_INTEGER: elementClass = .integer(signed: H5Tget_sign(id) == H5T_SGN_2)
    case H5T_FLOAT: elementClass = .floatingPoint
    case H5T_ENUM: elementClass = .enumeration
    case H5T_STRING:
      let variable = try check("H5Tis_variable_str", name, H5Tis_variable_str(id)) > 0
      elementClass = .string(byteCount: variable ? nil : byteCount)
    case H5T_COMPOUND: elementClass = .other("compound")
    case H5T_ARRAY: elementClass = .other("array")
    case H5T_VLEN: elementClass = .other("variable-length sequence")
    case H5T_OPAQUE: elementClass = .other("opaque")
    case H5T_REFERENCE: elementClass = .other("reference")
    case H5T_BITFIELD: elementClass = .other("bit field")
    default: elementClass = .other("unknown class")
    }
  }

  /// The type in memory that holds every value of this one, if there is one.
  var scalarType: ScalarType? {
    switch (elementClass, byteCount) {
    case (.integer(true), 1), (.enumeration, 1): .int8
    case (.integer(true), 2): .int16
    case (.integer(true), 4): .int32
    case (.integer(true), 8): .int64
    case (.integer(false), 1): .uint8
    case (.integer(false), 2): .uint16
    case (.integer(false), 4): .uint32
    case (.integer(false), 8): .uint64
    case (.floatingPoint, 2), (.floatingPoint, 4): .float32
    case (.floatingPoint, 8): .float64
    default: nil
    }
  }

  /// Throws unless values can be read as `type` and written from it.
  ///
  /// Integers widen, narrow (checked when read) and become floating point; floating point changes
  /// its width. Floating point never becomes an integer, and strings never become numbers.
  func requireConvertible(to type: ScalarType, _ function: String, _ name: String) throws(HDF5Error)
  {
    switch elementClass {
    case .integer: return
    case .enumeration where type.isInteger: return
    case .floatingPoint where !type.isInteger: return
    default:
      throw HDF5Error(
        function: function, path: name,
        reason: "holds \(elementClass) elements, which do not convert to \(type.rawValue)")
    }
  }
}
