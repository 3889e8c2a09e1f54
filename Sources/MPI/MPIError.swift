internal import CMPI

/// A call of the MPI library that failed, or arguments that would have made it fail.
///
/// The text reads `MPI_Bcast: MPI_ERR_ROOT: invalid root (rank 3 of 4, broadcast from rank 9)`.
public struct MPIError: Error, Sendable, CustomStringConvertible {
  /// The error class, named as in the C header.
  public let code: Code
  /// The C function that was, or would have been, called.
  public let function: String
  /// What the library, or the check in front of the call, says went wrong.
  public let message: String
  /// Where it happened: rank, size, and the operation's arguments.
  public let context: String

  /// Makes an error for `function`, for checks that are made before the call.
  public init(_ code: Code, function: String, message: String, context: String = "") {
    self.code = code
    self.function = function
    self.message = message
    self.context = context
  }

  /// `function: message (context)`.
  public var description: String {
    context.isEmpty ? "\(function): \(message)" : "\(function): \(message) (\(context))"
  }
}

// MARK: - Codes

extension MPIError {
  /// An error class (MPI 3.1, section 8.4), under its C name.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The value in this library's header; names, not values, are portable.
    public let rawValue: Int32

    /// Wraps a value of the C header.
    public init(rawValue: Int32) { self.rawValue = rawValue }
  }
}

// The names are the C names, so that they can be searched for in the MPI standard.
// swift-format-ignore: AlwaysUseLowerCamelCase
extension MPIError.Code {
  /// Invalid buffer pointer, or a buffer of the wrong size.
  public static let MPI_ERR_BUFFER = Self(rawValue: CMPI.MPI_ERR_BUFFER)
  /// Invalid count.
  public static let MPI_ERR_COUNT = Self(rawValue: CMPI.MPI_ERR_COUNT)
  /// Invalid datatype.
  public static let MPI_ERR_TYPE = Self(rawValue: CMPI.MPI_ERR_TYPE)
  /// Invalid tag.
  public static let MPI_ERR_TAG = Self(rawValue: CMPI.MPI_ERR_TAG)
  /// Invalid communicator.
  public static let MPI_ERR_COMM = Self(rawValue: CMPI.MPI_ERR_COMM)
  /// Invalid rank.
  public static let MPI_ERR_RANK = Self(rawValue: CMPI.MPI_ERR_RANK)
  /// Invalid request.
  public static let MPI_ERR_REQUEST = Self(rawValue: CMPI.MPI_ERR_REQUEST)
  /// Invalid root.
  public static let MPI_ERR_ROOT = Self(rawValue: CMPI.MPI_ERR_ROOT)
  /// Operation that the element type does not have.
  public static let MPI_ERR_OP = Self(rawValue: CMPI.MPI_ERR_OP)
  /// Invalid argument of some other kind.
  public static let MPI_ERR_ARG = Self(rawValue: CMPI.MPI_ERR_ARG)
  /// The message is longer than the buffer that receives it.
  public static let MPI_ERR_TRUNCATE = Self(rawValue: CMPI.MPI_ERR_TRUNCATE)
  /// Error of a kind that the library does not name.
  public static let MPI_ERR_OTHER = Self(rawValue: CMPI.MPI_ERR_OTHER)
  /// Error inside the library.
  public static let MPI_ERR_INTERN = Self(rawValue: CMPI.MPI_ERR_INTERN)
  /// At least one of several requests failed.
  public static let MPI_ERR_IN_STATUS = Self(rawValue: CMPI.MPI_ERR_IN_STATUS)
  /// Memory is exhausted.
  public static let MPI_ERR_NO_MEM = Self(rawValue: CMPI.MPI_ERR_NO_MEM)
  /// Invalid window.
  public static let MPI_ERR_WIN = Self(rawValue: CMPI.MPI_ERR_WIN)
  /// Memory that cannot be shared, for instance ranks on several hosts.
  public static let MPI_ERR_RMA_SHARED = Self(rawValue: CMPI.MPI_ERR_RMA_SHARED)
  /// Error of unknown kind.
  public static let MPI_ERR_UNKNOWN = Self(rawValue: CMPI.MPI_ERR_UNKNOWN)
}
