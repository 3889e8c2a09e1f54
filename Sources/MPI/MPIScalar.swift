internal import CMPI

/// An element that MPI moves and reduces by itself: integers of 8 to 64 bits, `Float` and `Double`.
public protocol MPIScalar: BitwiseCopyable, Sendable {
  /// The MPI datatype that stands for this type.
  static var mpiType: MPIType { get }

  /// Zero.
  init()
}

/// The name of a predefined MPI datatype (MPI 3.1, table 3.2).
public struct MPIType: Sendable {
  enum Kind { case int8, int16, int32, int64, uint8, uint16, uint32, uint64, float, double }
  let kind: Kind

  /// Looked up at every use, not stored: a handle is only valid while the library is initialised.
  var raw: cmpi_datatype {
    switch kind {
    case .int8: cmpi_int8()
    case .int16: cmpi_int16()
    case .int32: cmpi_int32()
    case .int64: cmpi_int64()
    case .uint8: cmpi_uint8()
    case .uint16: cmpi_uint16()
    case .uint32: cmpi_uint32()
    case .uint64: cmpi_uint64()
    case .float: cmpi_float()
    case .double: cmpi_double()
    }
  }
}

// MARK: - Conformances

extension Int8: MPIScalar {
  /// `MPI_INT8_T`.
  public static var mpiType: MPIType { MPIType(kind: .int8) }
}
extension Int16: MPIScalar {
  /// `MPI_INT16_T`.
  public static var mpiType: MPIType { MPIType(kind: .int16) }
}
extension Int32: MPIScalar {
  /// `MPI_INT32_T`.
  public static var mpiType: MPIType { MPIType(kind: .int32) }
}
extension Int64: MPIScalar {
  /// `MPI_INT64_T`.
  public static var mpiType: MPIType { MPIType(kind: .int64) }
}
extension Int: MPIScalar {
  /// `MPI_INT64_T`: the package supports 64-bit platforms only.
  public static var mpiType: MPIType { MPIType(kind: .int64) }
}
extension UInt8: MPIScalar {
  /// `MPI_UINT8_T`.
  public static var mpiType: MPIType { MPIType(kind: .uint8) }
}
extension UInt16: MPIScalar {
  /// `MPI_UINT16_T`.
  public static var mpiType: MPIType { MPIType(kind: .uint16) }
}
extension UInt32: MPIScalar {
  /// `MPI_UINT32_T`.
  public static var mpiType: MPIType { MPIType(kind: .uint32) }
}
extension UInt64: MPIScalar {
  /// `MPI_UINT64_T`.
  public static var mpiType: MPIType { MPIType(kind: .uint64) }
}
extension UInt: MPIScalar {
  /// `MPI_UINT64_T`: the package supports 64-bit platforms only.
  public static var mpiType: MPIType { MPIType(kind: .uint64) }
}
extension Float: MPIScalar {
  /// `MPI_FLOAT`.
  public static var mpiType: MPIType { MPIType(kind: .float) }
}
extension Double: MPIScalar {
  /// `MPI_DOUBLE`.
  public static var mpiType: MPIType { MPIType(kind: .double) }
}
