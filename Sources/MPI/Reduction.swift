internal import CMPI

/// How values of several ranks become one (MPI 3.1, section 5.9.2).
///
/// Logical and bitwise reductions exist for integers only; on floating point they throw
/// `MPI_ERR_OP`. For a mean, reduce with ``sum`` and divide by the size.
public enum Reduction: Sendable, CaseIterable {
  /// `MPI_SUM`.
  case sum
  /// `MPI_PROD`.
  case product
  /// `MPI_MIN`.
  case minimum
  /// `MPI_MAX`.
  case maximum
  /// `MPI_LAND`: 1 where all values are non-zero, else 0.
  case logicalAnd
  /// `MPI_LOR`: 1 where any value is non-zero, else 0.
  case logicalOr
  /// `MPI_LXOR`: 1 where an odd number of values is non-zero, else 0.
  case logicalXor
  /// `MPI_BAND`.
  case bitwiseAnd
  /// `MPI_BOR`.
  case bitwiseOr
  /// `MPI_BXOR`.
  case bitwiseXor

  var raw: cmpi_op {
    switch self {
    case .sum: cmpi_sum()
    case .product: cmpi_prod()
    case .minimum: cmpi_min()
    case .maximum: cmpi_max()
    case .logicalAnd: cmpi_land()
    case .logicalOr: cmpi_lor()
    case .logicalXor: cmpi_lxor()
    case .bitwiseAnd: cmpi_band()
    case .bitwiseOr: cmpi_bor()
    case .bitwiseXor: cmpi_bxor()
    }
  }
}
