internal import CMPI

/// The one door through which every call of the C library goes: returns on `MPI_SUCCESS`, throws
/// otherwise.
///
/// - Parameter context: evaluated only when the call failed.
@inline(__always)
func check(
  _ code: Int32, _ function: StaticString, _ context: @autoclosure () -> String = ""
) throws(MPIError) {
  if code != MPI_SUCCESS { throw MPIError(failure: code, of: function, context: context()) }
}

extension MPIError {
  /// Asks the library what the return code `failure` means.
  @inline(never)
  init(failure: Int32, of function: StaticString, context: String) {
    var errorClass: Int32 = CMPI.MPI_ERR_UNKNOWN
    MPI_Error_class(failure, &errorClass)
    if cmpi_is_loss(errorClass) != 0 { Environment.noteLoss() }
    var text = [CChar](repeating: 0, count: Int(MPI_MAX_ERROR_STRING) + 1)
    var length: Int32 = 0
    let known = MPI_Error_string(failure, &text, &length) == MPI_SUCCESS
    self.init(
      Code(rawValue: errorClass), function: "\(function)",
      message: known
        ? String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        : "error \(failure)",
      context: context)
  }
}
