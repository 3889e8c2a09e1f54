internal import CMPI

/// The raw half of a ``Request``: one handle, or several when the operation was cut into pieces.
struct RequestHandle: ~Copyable {
  private let function: StaticString
  private var first: cmpi_request
  private var rest: [cmpi_request]
  private var status = cmpi_status()
  private var isPending = true
  private let isReceive: Bool

  /// Takes over a single started operation.
  init(_ first: cmpi_request, of function: StaticString, isReceive: Bool = false) {
    self.first = first
    self.function = function
    self.isReceive = isReceive
    rest = []
  }

  /// Takes over the pieces of an operation: the first, and the others if there are any.
  init(_ first: cmpi_request, and rest: [cmpi_request], of function: StaticString) {
    self.first = first
    self.rest = rest
    self.function = function
    isReceive = false
  }

  deinit {
    if isPending && cmpi_is_finalized() == 0 && !Environment.hasLostRanks {
      fatalError("\(function): a request was dropped before it was complete; call wait()")
    }
  }

  mutating func isComplete() throws(MPIError) -> Bool {
    guard isPending else { return true }
    var flag: Int32 = 0
    if cmpi_request_is_null(first) == 0 {
      try finish(cmpi_test(&first, &flag, &status))
      if flag == 0 { return false }
    }
    if !rest.isEmpty {
      try finish(cmpi_testall(Int32(rest.count), &rest, &flag))
      if flag == 0 { return false }
    }
    isPending = false
    return true
  }

  mutating func wait() throws(MPIError) {
    guard isPending else { return }
    if cmpi_request_is_null(first) == 0 { try finish(cmpi_wait(&first, &status)) }
    if !rest.isEmpty { try finish(cmpi_waitall(Int32(rest.count), &rest)) }
    isPending = false
  }

  /// The source, tag and length of what a receive got; nil for every other operation.
  func receivedStatus() throws(MPIError) -> Status? { isReceive ? try Status(status) : nil }

  /// An operation that failed has ended as well: only its error is left to report.
  private mutating func finish(_ code: Int32) throws(MPIError) {
    if code != MPI_SUCCESS { isPending = false }
    try check(code, function, "completing a started operation")
  }
}
